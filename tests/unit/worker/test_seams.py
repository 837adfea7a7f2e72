"""The seams reach every model and tool of an app, and a second attempt repeats nothing.

This is also the contract test for the private names of the SDK that the seams stand on: when an
upgrade moves one, a model or tool is called again here.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, cast

import pytest
from agents import (
    Agent,
    ModelProvider,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    function_tool,
)
from agents.items import TResponseInputItem
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from mcp_types import ToolAnnotations
from openai import APIConnectionError, AsyncOpenAI
from turnstream.contracts.store_api import WriteAttempt
from turnstream.store_client import StoreClient
from turnstream_worker.attempt import Attempt, current_attempt
from turnstream_worker.replay import install as seams
from turnstream_worker.replay.journal import Journal
from turnstream_worker.thread.writes import Writes

from tests.support.model_server import ModelServer, always, text
from tests.unit.worker.attempts import an_attempt

RECORDS: dict[str, str] = {}
"""The journal that survives an attempt, in place of the store's."""


class _Attempts:
    """The two calls of the store's API that a journal makes."""

    async def write(self, turn_id: str, command: WriteAttempt) -> None:
        for step in command.steps:
            RECORDS.setdefault(step.key, step.value)

    async def journal(self, turn_id: str) -> dict[str, str]:
        return dict(RECORDS)


class _Client:
    attempts = _Attempts()
    latency = 0.0


@pytest.fixture(autouse=True)
def _fresh_journal() -> Iterator[None]:
    seams.install()
    RECORDS.clear()
    yield
    current_attempt.set(None)
    seams.current_journal.set(None)


def says(text: str) -> ModelStep:
    """A model that answers with text."""
    return ModelStep(output=[assistant_message(text)])


def calls(name: str, arguments: dict[str, Any]) -> ModelStep:
    """A model that calls a tool or hands over."""
    return ModelStep(output=[function_call(name, arguments, call_id=f"call_{name}")])


async def begin(number: int) -> Attempt:
    """Begin an attempt in this task, as the turn runner does; what the last one wrote is kept."""
    if (earlier := seams.current_journal.get()) is not None:
        await earlier.settled()
    attempt, client = an_attempt(number), cast(StoreClient, _Client())
    journal = Journal(attempt, client, Writes(client, attempt))
    await journal.load()
    current_attempt.set(attempt)
    seams.current_journal.set(journal)
    return attempt


def silent() -> ScriptedModel:
    """A model that fails the test when it is called."""
    return ScriptedModel([])


async def final_output(agent: Agent[Any], **options: Any) -> str:
    """Run an agent as assistants do: streamed, to its end."""
    result = Runner.run_streamed(agent, "hello", **options)
    async for _ in result.stream_events():
        pass
    return str(result.final_output)


async def test_a_model_instance_is_journaled() -> None:
    """The second attempt plays the answer back."""
    for number, model in ((1, ScriptedModel([says("hi")])), (2, silent())):
        await begin(number)
        assert await final_output(Agent(name="a", model=model)) == "hi"


async def test_a_model_named_by_a_string_is_journaled() -> None:
    """The seam lies behind the provider, whichever it is."""

    class Provider(ModelProvider):
        def __init__(self, model: ScriptedModel) -> None:
            self.model = model

        def get_model(self, model_name: str | None) -> ScriptedModel:
            return self.model

    for number, model in ((1, ScriptedModel([says("hi")])), (2, silent())):
        await begin(number)
        config = RunConfig(model_provider=Provider(model))
        assert await final_output(Agent(name="a", model="any/name"), run_config=config) == "hi"


async def test_a_model_behind_a_handoff_is_journaled() -> None:
    """Both agents' answers are played back, and the handoff happens again."""
    scripts: list[tuple[list[Any], list[Any]]] = [
        ([calls("transfer_to_b", {})], [says("from b")]),
        ([], []),
    ]
    for number, (first, second) in enumerate(scripts, start=1):
        await begin(number)
        b = Agent(name="b", model=ScriptedModel(second))
        a = Agent(name="a", model=ScriptedModel(first), handoffs=[b])
        assert await final_output(a) == "from b"


async def test_a_model_of_an_agent_used_as_a_tool_is_journaled() -> None:
    """The inner run's answer is played back too."""
    scripts: list[tuple[list[Any], list[Any]]] = [
        (
            [calls("inner", {"input": "x"}), says("done")],
            [says("inner answer")],
        ),
        ([], []),
    ]
    for number, (outer, inner) in enumerate(scripts, start=1):
        await begin(number)
        tool = Agent(name="inner", model=ScriptedModel(inner)).as_tool("inner", "asks inner")
        assert await final_output(Agent(name="o", model=ScriptedModel(outer), tools=[tool])) == (
            "done"
        )


async def test_a_run_that_is_not_streamed_is_journaled() -> None:
    """A title agent's `Runner.run` is played back as well."""
    for number, model in ((1, ScriptedModel([says("Title")])), (2, silent())):
        await begin(number)
        result = await Runner.run(Agent(name="title", model=model), "hello")
        assert result.final_output == "Title"


async def test_equal_requests_side_by_side_keep_their_own_answers() -> None:
    """Two equal calls at once get two records; the replay gives both answers, in some order."""
    answers = [says("one"), says("two")]
    seen = []
    for number, model in ((1, ScriptedModel(answers)), (2, silent())):
        await begin(number)
        agents = [Agent(name="same", model=model) for _ in range(2)]
        seen.append(sorted(await asyncio.gather(*(final_output(each) for each in agents))))
    assert seen == [["one", "two"]] * 2


async def test_a_call_that_failed_is_the_same_call_when_it_is_made_again() -> None:
    """After a failure and a retry inside one attempt, the next attempt finds the answer."""
    await begin(1)
    model = ScriptedModel([ModelStep.raise_error(ConnectionError("cut")), says("at last")])
    with pytest.raises(ConnectionError):
        await final_output(Agent(name="a", model=model))
    assert await final_output(Agent(name="a", model=model)) == "at last"

    await begin(2)
    assert await final_output(Agent(name="a", model=silent())) == "at last"


async def test_a_local_tool_that_ended_is_not_run_again() -> None:
    """Its output comes from the journal; its effect happens once."""
    effects = []

    @function_tool
    def send_mail(to: str) -> str:
        """Send a mail."""
        effects.append(to)
        return "sent"

    script = [calls("send_mail", {"to": "bob"}), says("done")]
    for number, steps in ((1, script), (2, [])):
        await begin(number)
        agent = Agent(name="a", model=ScriptedModel(steps), tools=[send_mail])
        assert await final_output(agent) == "done"
    assert effects == ["bob"]


async def test_a_call_after_other_tool_output_is_a_new_call() -> None:
    """The key holds the input items: a different past is never answered from the journal."""
    await begin(1)
    await final_output(Agent(name="a", model=ScriptedModel([says("hi")])))

    await begin(2)
    other: list[TResponseInputItem] = [{"role": "user", "content": "something else"}]
    model = ScriptedModel([says("other")])
    result = Runner.run_streamed(Agent(name="a", model=model), other)
    async for _ in result.stream_events():
        pass
    assert result.final_output == "other"


@pytest.mark.parametrize("build", [OpenAIChatCompletionsModel, OpenAIResponsesModel])
async def test_a_cut_stream_of_an_apps_own_model_is_not_taken_for_an_answer(build: Any) -> None:
    """A model that the app made itself is guarded too: half an answer is an error that passes."""
    cut = always(text("half ", "an ", "answer").cut_after(2, clean=True))
    async with ModelServer(cut) as server:
        openai = AsyncOpenAI(base_url=server.base_url, api_key="test", max_retries=0)
        await begin(1)
        with pytest.raises(APIConnectionError):
            await final_output(Agent(name="a", model=build("any", openai)))
    assert RECORDS == {}


async def test_streamed_runs_are_known_to_their_attempt() -> None:
    """What an assistant starts and leaves behind can be cancelled by its attempt."""
    attempt = await begin(1)
    result = Runner.run_streamed(Agent(name="a", model=ScriptedModel([says("hi")])), "hello")
    assert attempt.runs == [result]
    async for _ in result.stream_events():
        pass


async def test_outside_a_turn_the_sdk_is_as_it_was() -> None:
    """Without an attempt nothing is journaled."""
    model = ScriptedModel([says("hi"), says("again")])
    assert await final_output(Agent(name="a", model=model)) == "hi"
    assert await final_output(Agent(name="a", model=model)) == "again"
    assert RECORDS == {}


@pytest.mark.parametrize(("hints", "runs"), [(None, 1), ({"read_only_hint": True}, 2)])
async def test_a_tool_of_an_mcp_server_that_was_cut_off_runs_again_only_if_it_is_harmless(
    hints: Any, runs: int
) -> None:
    """Else the model is told that the outcome is unknown."""
    effects = []

    @function_tool(failure_error_function=None)
    async def pay(amount: int) -> str:
        """Pay."""
        effects.append(amount)
        if len(effects) == 1:
            raise asyncio.CancelledError
        return "paid"

    pay._mcp_tool_binding = ("bank", "pay", None)
    pay._mcp_annotations = ToolAnnotations(**hints) if hints else None
    await begin(1)
    first = Agent(name="a", model=ScriptedModel([calls("pay", {"amount": 5})]), tools=[pay])
    with contextlib.suppress(asyncio.CancelledError, Exception):  # as a worker that dies here
        await final_output(first)

    await begin(2)
    model = ScriptedModel([says("done")])
    assert await final_output(Agent(name="a", model=model, tools=[pay])) == "done"
    assert len(effects) == runs
    told = str(model.calls[0].input)
    assert ("outcome_unknown" in told) is (runs == 1)
