"""A run that ends by a tool's name ends by the tool's success, in every attempt."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from agents import (
    Agent,
    FunctionTool,
    RunContextWrapper,
    Runner,
    StopAtTools,
    ToolsToFinalOutputResult,
    function_tool,
)
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from chatkit.agents import AgentContext, ClientToolCall
from chatkit.types import ThreadMetadata
from turnstream.testing import MemoryStore
from turnstream_worker.replay.install import install

from tests.support.stock.memory_store import MemoryStore as ChatKitStore
from tests.unit.worker.journaling import begin_attempt, end_attempts

Context = AgentContext[Any]
SWITCH: list[ModelStep] = [
    ModelStep(output=[function_call("switch", {"theme": "loud"}, call_id="call_1")]),
    ModelStep(output=[function_call("switch", {"theme": "dark"}, call_id="call_2")]),
]


@pytest.fixture(autouse=True)
def _no_attempt() -> Iterator[None]:
    install()
    yield
    end_attempts()


def switch(**options: Any) -> FunctionTool:
    """A tool that asks the page, and refuses one of two values after it has asked."""

    async def tool(context: RunContextWrapper[Context], theme: str) -> str:
        """Switch the theme."""
        call = ClientToolCall(name="switch", arguments={"theme": theme})
        context.context.client_tool_call = call
        if theme == "loud":
            raise ValueError("no such theme")
        return "switched"

    return function_tool(tool, name_override="switch", **options)


async def run(
    tool: FunctionTool, steps: list[ModelStep], behavior: Any = None
) -> tuple[Any, ScriptedModel, Context]:
    """Run an agent that ends with the tool; its output, its model and its context."""
    model = ScriptedModel(steps)
    ends = behavior or StopAtTools(stop_at_tool_names=["switch"])
    agent = Agent[Context](name="a", model=model, tools=[tool], tool_use_behavior=ends)
    thread = ThreadMetadata(id="thr_1", created_at=datetime.now())
    context: Context = AgentContext(thread=thread, store=ChatKitStore(), request_context={})
    result = Runner.run_streamed(agent, "hello", context=context)
    async for _ in result.stream_events():
        pass
    return result.final_output, model, context


@pytest.mark.parametrize("behavior", [None, "stop_on_first_tool"])
async def test_an_exception_goes_back_to_the_model_and_the_next_success_ends_the_run(
    behavior: Any,
) -> None:
    """Also when the second attempt plays both calls back: no model is asked, no tool is run."""
    client = MemoryStore()
    for number, steps in ((1, SWITCH), (2, [])):
        await begin_attempt(client, number)
        output, model, context = await run(switch(), list(steps), behavior)
        assert output == "switched"
        assert context.client_tool_call
        assert context.client_tool_call.arguments == {"theme": "dark"}
        if steps:
            assert "An error occurred" in str(model.calls[1].input)


async def test_words_of_the_apps_own_for_a_failure_end_no_run() -> None:
    """The tool failed, no matter who words it; what it asked of the page is taken back."""
    await begin_attempt(MemoryStore(), 1)
    tool = switch(failure_error_function=lambda _, error: f"Sorry: {error}")
    steps = [SWITCH[0], ModelStep(output=[assistant_message("Which theme?")])]
    output, model, context = await run(tool, steps)
    assert output == "Which theme?"
    assert "Sorry: no such theme" in str(model.calls[1].input)
    assert context.client_tool_call is None


async def test_bad_arguments_go_back_to_the_model() -> None:
    """The model reads what was wrong and calls again."""
    await begin_attempt(MemoryStore(), 1)
    bad = ModelStep(output=[function_call("switch", {"colour": 3}, call_id="call_0")])
    output, model, _ = await run(switch(), [bad, SWITCH[1]])
    assert output == "switched"
    assert "theme" in str(model.calls[1].input)


async def test_a_timeout_goes_back_to_the_model() -> None:
    """With the SDK's words and with the app's own."""

    def words(_: Any, __: Exception) -> str:
        return "too slow"

    for number, error_function in enumerate((None, words), start=1):
        client = MemoryStore()
        await begin_attempt(client, 1)

        @function_tool(name_override="switch", timeout=0.01, timeout_error_function=error_function)
        async def slow(theme: str) -> str:
            """Switch the theme."""
            await asyncio.sleep(5)
            return theme

        said = ModelStep(output=[assistant_message("Too slow today.")])
        output, _, _ = await run(slow, [SWITCH[1], said])
        assert output == "Too slow today.", number
        end_attempts()


async def test_a_function_of_the_apps_own_sees_every_result() -> None:
    """It decides for itself what ends a run."""
    await begin_attempt(MemoryStore(), 1)
    seen: list[str] = []

    def decide(_: Any, results: list[Any]) -> ToolsToFinalOutputResult:
        seen.extend(str(each.output) for each in results)
        return ToolsToFinalOutputResult(is_final_output=True, final_output="mine")

    output, _, _ = await run(switch(), SWITCH[:1], decide)
    assert output == "mine"
    assert "An error occurred" in seen[0]


async def test_outside_a_turn_a_run_ends_as_the_sdk_says() -> None:
    """Nothing is known of calls there."""
    output, _, _ = await run(switch(), SWITCH[:1])
    assert "An error occurred" in output
