"""The SDK and the MCP client: what decides over a tool call is still what we replace."""

import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from agents import Agent, FunctionTool, RunContextWrapper, Runner, StopAtTools, function_tool
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, ListToolsRequest
from pydantic import ValidationError
from turnstream_worker.sdk.mcp_reading import raw_answer
from turnstream_worker.sdk.tool_outcomes import end_runs_by, hear_failures
from turnstream_worker.tools.mcp.failures import words_for_model

from tests.support.mcp.server import server_of, serving
from tests.unit.coupling.private_names import takes
from tests.unit.worker.tools.mcp.connecting import ODD


@pytest.fixture(autouse=True)
def _own_hooks() -> Iterator[None]:
    """As the SDK has it, for anyone who comes next."""
    yield
    hear_failures(lambda tool, context, error, words: words)
    end_runs_by(lambda _: True)


@function_tool
def fail() -> str:
    """Fail."""
    raise ValueError("broken")


async def output(*said: str) -> Any:
    """The output of a run that ends with the failing tool, or with what the model says then."""
    steps = [ModelStep(output=[function_call("fail", {}, call_id="call_1")])]
    steps += [ModelStep(output=[assistant_message(words)]) for words in said]
    ends = StopAtTools(stop_at_tool_names=["fail"])
    agent = Agent(name="a", model=ScriptedModel(steps), tools=[fail], tool_use_behavior=ends)
    return (await Runner.run(agent, "hello")).final_output


@takes("agents.tool.maybe_invoke_function_tool_failure_error_function")
async def test_every_failure_is_worded_by_the_function_we_replace() -> None:
    heard: list[str] = []

    def hear(
        tool: FunctionTool, context: RunContextWrapper[Any], error: BaseException, words: str | None
    ) -> str:
        heard.append(f"{tool.name}: {error}")
        return "our words"

    hear_failures(hear)
    assert await output() == "our words"
    assert heard == ["fail: broken"]


@takes("agents.run_internal.turn_resolution.check_for_final_output_from_tools")
async def test_a_run_ends_by_the_function_we_replace() -> None:
    asked: list[str] = []

    def may_end(call_id: str) -> bool:
        asked.append(call_id)
        return False

    end_runs_by(may_end)
    assert await output("I see.") == "I see."
    assert asked == ["call_1"]


@takes("mcp_types.methods.validate_server_result")
async def test_an_answer_of_odd_form_is_refused_by_the_function_we_replace() -> None:
    """By the client it is, and read as it came by us."""
    odd = StdioServerParameters(command=sys.executable, args=[ODD])
    async with stdio_client(odd) as streams, ClientSession(*streams) as session:
        await session.initialize()
        with pytest.raises(ValidationError):
            await session.list_tools()
        assert (await raw_answer(session, ListToolsRequest()))["tools"][0]["name"] == "echo"


@takes("mcp.session")
async def test_a_server_that_was_restarted_is_told_by_a_word_that_we_know(
    unused_tcp_port: int,
) -> None:
    """It does not know the session, so the call was not made, and that is what the model reads.

    Where the client hears first that the old server closed, the outcome is unknown: then once more,
    a few times at most.
    """
    for _ in range(5):
        error = await _after_restart(unused_tcp_port)
        if error.error.code != CONNECTION_CLOSED:
            break
    assert "not made" in words_for_model(fail, error)


async def _after_restart(port: int) -> MCPError:
    """What a call fails with whose server was restarted since its session began."""
    async with AsyncExitStack() as stack:
        first = serving(server_of([]), port)
        url = await first.__aenter__()
        streams = await stack.enter_async_context(streamable_http_client(url))
        session = await stack.enter_async_context(ClientSession(*streams[:2]))
        await session.initialize()
        await first.__aexit__(None, None, None)
        async with serving(server_of([]), port):
            with pytest.raises(MCPError) as raised:
                await session.call_tool("count_orders", {})
    return raised.value
