"""Tools of the tools service, as an agent calls them."""

from typing import Any, cast

import pytest
from agents import Agent, Runner
from agents.testing import ModelStep, ScriptedModel, assistant_message
from agents.tool_context import ToolContext
from openai.types.responses import ResponseFunctionToolCall
from turnstream.contracts.tools import Catalogue, ToolSpec
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Attempt
from turnstream_worker.tools.remote_tools import remote_tools
from turnstream_worker.tools.toolbox import Toolbox, toolbox

from tests.unit.worker.journaling import begin_attempt

pytestmark = pytest.mark.usefixtures("journaled")


class Line:
    """Notes the calls that go to the service."""

    def __init__(self) -> None:
        tool = ToolSpec(name="work", description="Works.", parameters={}, strict=False)
        self.catalogue = Catalogue(version="1", tools=[tool])
        self.arguments: list[object] = []

    async def call(
        self, attempt: Attempt, spec: ToolSpec, context: ToolContext[Any], arguments: str
    ) -> str:
        self.arguments.append(arguments)
        return "done"


@pytest.mark.parametrize("arguments", [None, ""])
async def test_a_call_without_arguments_is_a_call_with_none(arguments: str | None) -> None:
    """Models of an app's own class may give null; the service takes JSON only."""
    line = Line()
    token = toolbox.set(cast(Toolbox, line))
    call = ResponseFunctionToolCall.model_construct(
        type="function_call", call_id="call_1", name="work", arguments=cast(str, arguments)
    )
    model = ScriptedModel([ModelStep(output=[call]), ModelStep(output=[assistant_message("said")])])
    await begin_attempt(MemoryStore(), 1)
    try:
        result = await Runner.run(Agent(name="a", model=model, tools=list(remote_tools())), "go")
    finally:
        toolbox.reset(token)

    assert result.final_output == "said"
    assert line.arguments == ["{}"]
