"""Every road on which a model is called leaves a row of usage, with and without a turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    OpenAIResponsesModel,
    RunContextWrapper,
    Runner,
    input_guardrail,
)
from chatkit.actions import Action
from chatkit.server import ChatKitServer
from chatkit.types import (
    AudioInput,
    FeedbackKind,
    SyncCustomActionResponse,
    ThreadMetadata,
    ThreadStreamEvent,
    TranscriptionResult,
    WidgetItem,
)
from openai import AsyncOpenAI
from turnstream.contracts.jobs import CallServer, ServerAnswered, ServerMethod
from turnstream.contracts.operating.usage import (
    ReserveOutsideTurn,
    UsageGrouping,
    UsageQuery,
    UsageSum,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import BudgetExhausted
from turnstream.testing import MemoryStore
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.callers import current_caller
from turnstream_worker.models.client import model_client
from turnstream_worker.replay.install import install
from turnstream_worker.replay.journal import current_journal
from turnstream_worker.short_calls.answering import ServerCalls
from turnstream_worker.thread.chatkit_store import TurnStore

from tests.support.model_server import Hang, ModelServer, always, text
from tests.support.turns import ANN, running
from tests.unit.worker.journaling import begin_attempt, end_attempts
from tests.unit.worker.responses_host import CALL, MESSAGE, ResponsesHost, response

KINDS = {
    ServerMethod.SYNC_ACTION: "threads.sync_custom_action",
    ServerMethod.ADD_FEEDBACK: "items.feedback",
    ServerMethod.TRANSCRIBE: "input.transcribe",
}
Work = Callable[[RequestContext], Awaitable[object]]


@pytest.fixture(autouse=True)
def _without_attempts() -> Iterator[None]:
    install()
    yield
    end_attempts()


class Thinking(ChatKitServer[RequestContext]):
    """An assistant whose short calls do some work."""

    work: Work

    def respond(self, *_: Any) -> AsyncIterator[ThreadStreamEvent]:
        raise NotImplementedError

    async def sync_action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: RequestContext,
    ) -> SyncCustomActionResponse:
        await self.work(context)
        return SyncCustomActionResponse(updated_item=None)

    async def transcribe(
        self, audio_input: AudioInput, context: RequestContext
    ) -> TranscriptionResult:
        await self.work(context)
        return TranscriptionResult(text="hello")

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: RequestContext
    ) -> None:
        await self.work(context)


class ShortCalls:
    """Short calls of ann's, in a thread of hers."""

    def __init__(self, client: MemoryStore) -> None:
        store = TurnStore(client)
        self.client = client
        self._server = Thinking(store)
        self._calls = ServerCalls(Assistants(Assistant(self._server, store)), client, 5)

    async def act(self, work: Work, *, timeout: float = 10.0) -> ServerAnswered:
        """Do some work in a sync action."""
        thread_id = (await running(self.client)).thread_id
        params = {"thread_id": thread_id, "action": {"type": "press"}}
        return await self.ask(ServerMethod.SYNC_ACTION, params, work, timeout=timeout)

    async def ask(
        self, method: ServerMethod, params: Json, work: Work, *, timeout: float = 10.0
    ) -> ServerAnswered:
        """Do some work in a short call of any method."""
        self._server.work = work
        call = CallServer(
            call_id="call_1",
            method=method,
            request={"type": KINDS[method], "params": params},
            context=RequestContext(user_id=ANN.user),
            reply_to="replies",
            timeout=timedelta(seconds=timeout),
        )
        answered = await asyncio.create_task(self._calls.answer(call, timedelta(0)))
        assert answered is not None
        return answered


def clerk(host: ResponsesHost, **options: Any) -> Agent[Any]:
    return Agent[Any](name="clerk", model=OpenAIResponsesModel("m", host.client()), **options)


async def run(agent: Agent[Any], context: object = None, *, streamed: bool = False) -> None:
    if not streamed:
        await Runner.run(agent, "go", context=context)
        return
    async for _ in Runner.run_streamed(agent, "go", context=context).stream_events():
        pass


async def used(store: MemoryStore, *by: UsageGrouping) -> list[UsageSum]:
    """What ann has used."""
    if (journal := current_journal.get()) is not None:
        await journal.committed()
    now, day = datetime.now(UTC), timedelta(days=1)
    query = UsageQuery(since=now - day, until=now + day, by=by or (UsageGrouping.DAY,))
    return (await store.usage.of_user(ANN, query)).data


@pytest.mark.parametrize("streamed", [True, False])
async def test_an_agent_in_a_short_call_is_counted_for_its_user_and_thread(streamed: bool) -> None:
    """As the server counted it."""
    calls, host = ShortCalls(MemoryStore()), ResponsesHost(response(MESSAGE))
    answered = await calls.act(lambda context: run(clerk(host), context, streamed=streamed))

    assert answered.error is None
    [each] = await used(
        calls.client, UsageGrouping.AGENT, UsageGrouping.MODEL, UsageGrouping.THREAD
    )
    assert (each.agent, each.model, each.calls, each.estimated) == ("clerk", "m", 1, 0)
    assert (each.input_tokens, each.output_tokens) == (1, 1)
    assert each.thread_id


async def test_dictation_and_feedback_are_counted_like_actions() -> None:
    """A rating has a thread, and sound has none."""
    calls, host = ShortCalls(MemoryStore()), ResponsesHost(response(MESSAGE), response(MESSAGE))
    thread_id = (await running(calls.client)).thread_id
    rated = {"thread_id": thread_id, "item_ids": ["msg_1"], "kind": "positive"}
    sound = {"audio_base64": "aGk=", "mime_type": "audio/wav"}
    for method, params in (
        (ServerMethod.ADD_FEEDBACK, rated),
        (ServerMethod.TRANSCRIBE, sound),
    ):
        answered = await calls.ask(method, params, lambda context: run(clerk(host), context))
        assert answered.error is None
    threads = await used(calls.client, UsageGrouping.THREAD)
    assert {each.thread_id: each.calls for each in threads} == {thread_id: 1, "": 1}


async def test_what_an_app_asks_with_the_client_itself_is_counted() -> None:
    """Speech that becomes text, by the worker's own client, in the way of the bundled guide."""
    calls = ShortCalls(MemoryStore())
    async with ModelServer(always(text("hi"))) as server:
        client = model_client(server.base_url, None, 10)

        async def listen(_: RequestContext) -> None:
            await client.audio.transcriptions.create(model="ear", file=("a.wav", b"x", "audio/wav"))

        sound = {"audio_base64": "aGk=", "mime_type": "audio/wav"}
        answered = await calls.ask(ServerMethod.TRANSCRIBE, sound, listen)
        await client.close()
    assert answered.error is None
    [each] = await used(calls.client, UsageGrouping.MODEL)
    assert (each.model, each.calls) == ("ear", 1)


async def test_a_model_of_an_agent_with_that_client_is_counted_once() -> None:
    """The client sees its request, too."""
    calls = ShortCalls(MemoryStore())
    async with ModelServer(always(text("hi"))) as server:
        client = model_client(server.base_url, None, 10)
        agent = Agent[Any](name="clerk", model=OpenAIResponsesModel("m", client))
        for streamed in (True, False):
            await calls.act(partial(run, agent, streamed=streamed))
        await begin_attempt(calls.client, 1)
        for streamed in (True, False):
            await run(agent, streamed=streamed)
        [each] = await used(calls.client)
        await client.close()
    assert each.calls == 4


class Broke(MemoryStore):
    """A store in which nobody has anything left."""

    def __init__(self) -> None:
        super().__init__()
        self.usage.reserve_outside_turn = self._refuse  # type: ignore[method-assign]

    async def _refuse(self, owner: Owner, command: ReserveOutsideTurn) -> None:
        raise BudgetExhausted("The user's budget is used up.", retry_after=60)


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_used_up_budget_refuses_a_short_call_by_name(streamed: bool) -> None:
    """No model is asked, and the answer says when the budget is renewed, also where the app
    swallows the failure.
    """
    calls, host = ShortCalls(Broke()), ResponsesHost(response(MESSAGE))

    async def swallow(context: RequestContext) -> None:
        with pytest.raises(BudgetExhausted):
            await run(clerk(host), context, streamed=streamed)

    for work in (partial(run, clerk(host), streamed=streamed), swallow):
        answered = await calls.act(work)
        assert answered.error == "budget_exhausted"
        assert answered.extra["retry_after"] == 60
    assert host.bodies == []
    assert await used(calls.client) == []


async def test_a_short_call_without_models_needs_no_budget() -> None:
    """It costs nothing."""
    calls = ShortCalls(Broke())
    assert (await calls.act(lambda _: asyncio.sleep(0))).error is None


async def test_a_call_that_was_cut_off_is_counted() -> None:
    """It was asked and nobody heard it out: its tokens are estimated."""
    calls = ShortCalls(MemoryStore())
    async with ModelServer(always(text("Half", Hang()))) as server:
        client = model_client(server.base_url, None, 10)
        agent = Agent[Any](name="clerk", model=OpenAIResponsesModel("m", client))
        answered = await calls.act(lambda context: run(agent, context), timeout=2)
        await client.close()
    assert answered.error == "timed_out"
    [each] = await used(calls.client)
    assert (each.calls, each.estimated) == (1, 1)


async def test_a_task_that_outlives_its_turn_is_counted_for_the_same_user() -> None:
    """As the agent that finds a title when the answer is done. It belongs to no turn."""
    store, host, ended = MemoryStore(), ResponsesHost(response(MESSAGE)), asyncio.Event()
    await begin_attempt(store, 1)

    async def find_title() -> None:
        await ended.wait()
        await run(clerk(host))

    task = asyncio.create_task(find_title())
    caller = current_caller()
    assert caller is not None
    caller.end()
    ended.set()
    await task
    [each] = await used(store, UsageGrouping.AGENT, UsageGrouping.THREAD)
    assert (each.agent, each.calls) == ("clerk", 1)
    assert each.thread_id


async def test_every_agent_of_a_run_is_counted() -> None:
    """One behind a handoff, one that is a tool, one that is a guardrail, and one for the title."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    tool = clerk(ResponsesHost(response(MESSAGE))).as_tool("work", "Works.")
    guard = clerk(ResponsesHost(response(MESSAGE)))

    @input_guardrail
    async def harmless(
        context: RunContextWrapper[Any], agent: Agent[Any], asked: Any
    ) -> GuardrailFunctionOutput:
        await run(guard)
        return GuardrailFunctionOutput(None, False)

    arguments = CALL | {"arguments": '{"input": "go"}'}
    other = clerk(ResponsesHost(response(arguments), response(MESSAGE)), tools=[tool])
    other.name = "other"
    handoff = CALL | {"name": "transfer_to_other", "call_id": "call_2"}
    first = clerk(ResponsesHost(response(handoff)), handoffs=[other], input_guardrails=[harmless])
    await asyncio.gather(run(first), run(clerk(ResponsesHost(response(MESSAGE)))))
    # the first and its guard, the other twice, its tool, and the title
    agents = await used(store, UsageGrouping.AGENT)
    assert {each.agent: each.calls for each in agents} == {"clerk": 4, "other": 2}


async def embed(client: AsyncOpenAI) -> object:
    """Numbers for some words."""
    return await client.embeddings.create(model="m", input="words", encoding_format="float")


async def paint(client: AsyncOpenAI) -> object:
    """A picture."""
    return await client.images.generate(model="m", prompt="a fjord")


async def compact(client: AsyncOpenAI) -> object:
    """A session in fewer words, as the SDK's own sessions ask for it."""
    return await client.responses.compact(model="m", input="all that was said")


EMBEDDED: Json = {"object": "list", "data": [], "model": "m", "usage": {"prompt_tokens": 7}}
PAINTED: Json = {
    "created": 1,
    "data": [{"b64_json": "eA=="}],
    "usage": {
        "input_tokens": 5,
        "output_tokens": 900,
        "total_tokens": 905,
        "input_tokens_details": {"text_tokens": 5, "image_tokens": 0},
    },
}
COMPACTED: Json = {
    "id": "resp_1",
    "object": "response.compaction",
    "created_at": 1,
    "output": [],
    "usage": {
        "input_tokens": 400,
        "output_tokens": 30,
        "total_tokens": 430,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    },
}
with_the_client = pytest.mark.parametrize(
    ("ask", "answer", "tokens"),
    [(embed, EMBEDDED, (7, 0)), (paint, PAINTED, (5, 900)), (compact, COMPACTED, (400, 30))],
)


def client_of(answer: Json) -> AsyncOpenAI:
    """The worker's own client, with a host behind it that answers so."""
    client = model_client("http://127.0.0.1:9", None, 1)
    client._client = ResponsesHost(answer).client()._client
    return client


@with_the_client
async def test_what_is_asked_with_the_client_in_a_turn_is_counted_in_it(
    ask: Callable[[AsyncOpenAI], Awaitable[object]], answer: Json, tokens: tuple[int, int]
) -> None:
    """Embeddings, pictures, the compaction of a session: held against the turn's budget, too."""
    store = MemoryStore()
    await begin_attempt(store, 1)
    journal = current_journal.get()
    assert journal is not None
    await ask(client_of(answer))
    [each] = await used(store, UsageGrouping.MODEL)
    assert (each.model, each.calls) == ("m", 1)
    assert (each.input_tokens, each.output_tokens) == tokens
    assert (each.estimated, journal.meter.tokens) == (0, sum(tokens))


@with_the_client
async def test_what_is_asked_with_the_client_outside_turns_is_counted(
    ask: Callable[[AsyncOpenAI], Awaitable[object]], answer: Json, tokens: tuple[int, int]
) -> None:
    """In a short call, for its user."""
    calls = ShortCalls(MemoryStore())
    await calls.act(lambda _: ask(client_of(answer)))
    [each] = await used(calls.client, UsageGrouping.MODEL)
    assert (each.model, each.calls) == ("m", 1)
    assert (each.input_tokens, each.output_tokens) == tokens
