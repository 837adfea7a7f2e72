"""A run that waited for a person goes on as if it had never been saved."""

import json
from typing import Any

import pytest
from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    RunState,
    function_tool,
)
from openai import APIConnectionError
from turnstream.testing import MemoryStore
from turnstream_worker.api import UnreadableRun, load_run

from tests.support.model_server import ModelServer, queue, text, tool_call
from tests.support.openai_client import openai_client
from tests.unit.worker.journaling import begin_attempt
from tests.unit.worker.replay.test_takeovers import SHAPES, calling
from tests.unit.worker.responses_host import ResponsesHost

pytestmark = pytest.mark.usefixtures("journaled")


LOADED = [name for name in SHAPES if name.startswith(("no output", "odd"))]
"""Those whose difference is in what is loaded."""


def paying(effects: list[str]) -> Any:
    @function_tool(needs_approval=True)
    def work() -> str:
        """Work, if somebody allows it."""
        effects.append("worked")
        return "done"

    return work


async def request_after_approval(name: str, *, saved: bool, effects: list[str]) -> list[Any]:
    """What the model is asked after an approval, with or without a save in between."""
    await begin_attempt(MemoryStore(), 1)
    host = ResponsesHost(calling(SHAPES[name]))
    model = OpenAIResponsesModel("m", host.client())
    agent = Agent(name="a", model=model, tools=[paying(effects)])
    result = Runner.run_streamed(agent, "go")
    async for _ in result.stream_events():
        pass
    state = result.to_state()
    if saved:
        state = await load_run(agent, json.dumps(state.to_json()))
    for call in state.get_interruptions():
        state.approve(call)
    with pytest.raises(APIConnectionError):
        async for _ in Runner.run_streamed(agent, state).stream_events():
            pass
    asked: list[Any] = json.loads(host.bodies[1])["input"]
    return asked


@pytest.mark.parametrize("name", LOADED)
async def test_a_run_is_loaded_as_it_was_saved(name: str) -> None:
    """Nothing of the model's answer is lost or changed, and the approved call runs."""
    effects: list[str] = []
    kept = await request_after_approval(name, saved=False, effects=effects)
    loaded = await request_after_approval(name, saved=True, effects=effects)

    assert loaded == kept
    assert effects == ["worked"] * 2


@pytest.mark.parametrize("message", [None, "Something else."])
async def test_a_run_of_a_long_thread_goes_on_over_chat_completions(message: str | None) -> None:
    """The SDK saves earlier answers in a form that it does not take for this API.

    The user decides, or writes a message instead.
    """
    script = queue(tool_call("work", {}), text("It is done."))
    effects: list[str] = []
    async with ModelServer(script) as server:
        model = OpenAIChatCompletionsModel("m", openai_client(server.base_url))
        agent = Agent(name="a", model=model, tools=[paying(effects)])
        result = await Runner.run(
            agent,
            [
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": "Hello to you."},
                {"role": "user", "content": "work"},
            ],
        )
        state = await RunState.from_string(agent, result.to_state().to_string())
        for call in state.get_interruptions():
            state.reject(call) if message else state.approve(call)
        if message:
            state.add_input(message)
        ended = await Runner.run(agent, state)

    assert ended.final_output == "It is done."
    assert effects == ([] if message else ["worked"])


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.clear(),
        lambda state: state.update({"$schemaVersion": "99"}),
        lambda state: state.update({"model_responses": [{"output": None}]}),
        lambda state: state.update({"current_agent": {"name": "nobody"}}),
    ],
)
async def test_a_run_that_cannot_be_read_is_named_so(damage: Any) -> None:
    """Whatever the SDK raises: the app catches one exception, and tells its user."""
    host = ResponsesHost(calling(SHAPES["as OpenAI"]))
    model = OpenAIResponsesModel("m", host.client())
    agent = Agent(name="a", model=model, tools=[paying([])])
    state = (await Runner.run(agent, "go")).to_state().to_json()
    damage(state)

    with pytest.raises(UnreadableRun):
        await load_run(agent, json.dumps(state))


async def test_a_run_whose_tool_is_gone_cannot_be_read() -> None:
    host = ResponsesHost(calling(SHAPES["as OpenAI"]))
    agent = Agent(name="a", model=OpenAIResponsesModel("m", host.client()), tools=[paying([])])
    state = (await Runner.run(agent, "go")).to_state().to_string()

    with pytest.raises(UnreadableRun):
        await load_run(agent.clone(tools=[]), state)
