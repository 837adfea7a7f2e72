"""The journal reaches every model and tool of an app, and a second attempt repeats nothing.

This is also the contract test for the functions of the SDK that are replaced for it: when an
upgrade moves one, a model or tool is called again here.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

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
from agents.mcp import MCPServerStreamableHttp, MCPUtil
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from mcp.server import MCPServer
from mcp_types import ToolAnnotations
from openai import APIConnectionError, AsyncOpenAI
from pydantic import BaseModel
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import current_attempt
from turnstream_worker.models.client import model_client
from turnstream_worker.replay.install import install
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.sdk.runner import app_runner
from turnstream_worker.thread.writes import Writes

from tests.support.mcp.server import serving
from tests.support.model_server import Citation, Hold, ModelServer, always, text
from tests.support.openai_client import openai_client
from tests.support.turns import ANN
from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt, let_run

STORE = [MemoryStore()]
"""The store of the test that runs: its journal survives an attempt."""


@pytest.fixture(autouse=True)
def _fresh_store() -> Iterator[None]:
    install()
    STORE[0] = MemoryStore()
    yield
    current_attempt.set(None)
    current_journal.set(None)


def says(text: str) -> ModelStep:
    """A model that answers with text."""
    return ModelStep(output=[assistant_message(text)])


def calls(name: str, arguments: dict[str, Any]) -> ModelStep:
    """A model that calls a tool or hands over."""
    return ModelStep(output=[function_call(name, arguments, call_id=f"call_{name}")])


async def begin(number: int) -> Attempt:
    """Begin an attempt in this task, as the turn runner does; what the last one wrote is kept."""
    if (earlier := current_journal.get()) is not None:
        await earlier.committed()
    attempt, client = an_attempt(number), STORE[0]
    await let_run(client, number)
    journal = Journal(attempt, client, Writes(client, attempt))
    await journal.load()
    current_attempt.set(attempt)
    current_journal.set(journal)
    return attempt


class Models(ModelProvider):
    """One model under every name."""

    def __init__(self, model: ScriptedModel | None = None) -> None:
        self.model = model or silent()

    def get_model(self, model_name: str | None) -> ScriptedModel:
        return self.model


def joining_client(base_url: str) -> AsyncOpenAI:
    """The client of the worker, which joins deltas."""
    return model_client(base_url, None, timeout_seconds=30)


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
    """The journal stands behind the provider, whichever it is."""
    for number, model in ((1, ScriptedModel([says("hi")])), (2, silent())):
        await begin(number)
        config = RunConfig(model_provider=Models(model))
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
    """A model that the app made itself is guarded too: half an answer is an error that passes. It
    is counted, and never played back.
    """
    cut = always(text("half ", "an ", "answer").cut_after(2, clean=True))
    async with ModelServer(cut) as server:
        openai = openai_client(server.base_url)
        await begin(1)
        with pytest.raises(APIConnectionError):
            await final_output(Agent(name="a", model=build("any", openai)))
    journal = await STORE[0].attempts.journal(ANN, "turn_1")
    assert all(key.startswith("cut_") for key in journal)


@pytest.mark.parametrize("build", [OpenAIChatCompletionsModel, OpenAIResponsesModel])
@pytest.mark.parametrize("client", [openai_client, joining_client])
async def test_a_run_whose_listener_goes_closes_the_connection_to_its_model(
    build: Any, client: Callable[[str], AsyncOpenAI]
) -> None:
    """Nothing more is paid for, with the worker's client and with an app's own."""
    async with ModelServer(always(text("one ", Hold("never"), "two"))) as server:
        openai = client(server.base_url)
        attempt = await begin(1)
        result = Runner.run_streamed(Agent(name="a", model=build("any", openai)), "hello")
        heard = asyncio.Event()

        async def listen() -> None:
            async for event in result.stream_events():
                if event.type == "raw_response_event" and event.data.type.endswith(".delta"):
                    heard.set()

        listening = asyncio.create_task(listen())
        await heard.wait()
        listening.cancel()
        await asyncio.wait({listening})
        attempt.close_runs()

        await wait_until_async(lambda: server.calls[0].disconnected is not None)
        await openai.close()


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
    assert await STORE[0].attempts.journal(ANN, "turn_1") == {}


@pytest.mark.parametrize(("hints", "runs"), [(None, 1), ({"read_only_hint": True}, 2)])
async def test_a_tool_of_an_mcp_server_that_was_cut_off_runs_again_only_if_it_is_harmless(
    hints: dict[str, bool] | None, runs: int, unused_tcp_port: int
) -> None:
    """Else the model is told that the outcome is unknown. The server is a real one."""
    effects: list[int] = []
    began = asyncio.Event()
    bank = MCPServer("bank")

    @bank.tool(annotations=ToolAnnotations(**hints) if hints else None)
    async def pay(amount: int) -> str:
        """Pay."""
        effects.append(amount)
        began.set()
        if len(effects) == 1:
            await asyncio.sleep(60)
        return "paid"

    async with serving(bank, unused_tcp_port) as url, MCPServerStreamableHttp({"url": url}) as mcp:
        (offered,) = await mcp.list_tools()
        tool = MCPUtil.to_function_tool(offered, mcp, convert_schemas_to_strict=False)
        await begin(1)
        first = Agent(name="a", model=ScriptedModel([calls("pay", {"amount": 5})]), tools=[tool])
        run = asyncio.create_task(final_output(first))
        await began.wait()
        run.cancel()  # as a worker that dies here
        await asyncio.wait({run})

        await begin(2)
        model = ScriptedModel([says("done")])
        assert await final_output(Agent(name="a", model=model, tools=[tool])) == "done"
    assert len(effects) == runs
    told = str(model.calls[0].input)
    assert ("outcome_unknown" in told) is (runs == 1)


async def test_citations_come_as_chatkit_reads_them() -> None:
    """As plain data, in the first attempt and when the answer is played back."""
    cited = text("See there.", citations=(Citation("https://example.com", "There", 0, 3),))
    async with ModelServer(always(cited)) as server:
        openai = openai_client(server.base_url)
        await begin(1)
        agent = Agent(name="a", model=OpenAIResponsesModel("any", openai))
        result = Runner.run_streamed(agent, "hello")
        raw = [e.data async for e in result.stream_events() if e.type == "raw_response_event"]

    added = [event for event in raw if event.type == "response.output_text.annotation.added"]
    assert [isinstance(event.annotation, BaseModel) for event in added] == [False]


async def test_a_second_installation_changes_nothing() -> None:
    """Installing again, in any order, keeps the provider and the journal."""
    app_runner().provider = provider = Models()
    try:
        install()
        assert app_runner().provider is provider
        for number, model in ((1, ScriptedModel([says("hi")])), (2, silent())):
            attempt = await begin(number)
            provider.model = model
            assert await final_output(Agent(name="a", model="any/name")) == "hi"
            assert len(attempt.runs) == 1
    finally:
        app_runner().provider = None
