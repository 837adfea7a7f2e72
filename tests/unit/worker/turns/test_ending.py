"""Each way an attempt ends: what is stored, what viewers see, and what becomes of the turn."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import openai
import pytest
from chatkit.errors import CustomStreamError
from chatkit.types import (
    CustomTask,
    Page,
    Thread,
    ThreadStreamEvent,
    ThreadUpdatedEvent,
    Workflow,
    WorkflowItem,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt
from turnstream.contracts.turns import TurnStatus, TurnView
from turnstream.errors import Unprocessable
from turnstream.store_client import StoreClient
from turnstream.store_client.turns.attempts import Attempts
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Interruption

from tests.support.turns import ANN
from tests.unit.worker.running import (
    MADE,
    SETTINGS,
    Script,
    ScriptedServer,
    Turn,
    Worker,
    begins,
    ends,
    said,
    streams,
)

STOPPED = "The user cancelled the stream. Stop responding to the prior request."


def script(*events: ThreadStreamEvent, then: BaseException | None = None) -> Script:
    """An answer of these events, and then an error."""

    async def respond(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        for event in events:
            yield event
        if then is not None:
            raise then

    return respond


def endless(*events: ThreadStreamEvent) -> Script:
    """An answer of these events that never ends by itself."""

    async def respond(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        for event in events:
            yield event
        await asyncio.Event().wait()

    return respond


def http_error(status: int, **headers: str) -> openai.APIStatusError:
    """What the client of a model server raises for an answer with this status."""
    request = httpx2.Request("POST", "http://model.test/v1/responses")
    response = httpx2.Response(status, headers=headers, request=request)
    return openai.APIStatusError("refused", response=response, body=None)


async def turn_of(*scripts: Script, **options: Any) -> Turn:
    """An accepted turn of a worker with these scripts."""
    return await Worker(*scripts, **options).accept()


def kinds(turn: Turn) -> list[str]:
    """The types of the events that viewers got, without those that every turn has."""
    return [event["type"] for event in turn.shown if event["type"] != "stream_options"]


async def test_an_answer_that_ends_by_itself_completes_its_turn() -> None:
    """The answer is stored, and the log is closed behind it."""
    turn = await turn_of(script(begins(), streams("Hello"), ends("Hello")))

    view = await turn.run()

    assert view.status is TurnStatus.COMPLETED
    assert await turn.items() == [("assistant_message", "Hello")]
    assert turn.end == "completed"


async def test_a_stop_keeps_the_text_that_was_seen_and_notes_that_it_was_one() -> None:
    """Viewers are told that the message is finished, and the model is told of the Stop."""
    turn = await turn_of(endless(begins(), streams("Hel")))

    view = await turn.interrupted(Interruption.STOP, when="Hel")

    assert view.status is TurnStatus.CANCELLED
    assert await turn.items() == [("assistant_message", "Hel"), ("sdk_hidden_context", STOPPED)]
    assert turn.shown[-1]["item"]["content"][0]["text"] == "Hel"
    assert turn.end == "cancelled"


async def test_a_message_that_interrupts_leaves_no_note_of_a_stop() -> None:
    """Nobody pressed Stop: the next answer must not be told so."""
    turn = await turn_of(endless(begins(), streams("Hel")))

    await turn.interrupted(Interruption.INTERRUPT, when="Hel")

    assert await turn.items() == [("assistant_message", "Hel")]


async def test_a_stop_takes_back_what_shows_nothing_yet() -> None:
    """An empty message would stay on the screen for ever."""
    turn = await turn_of(endless(begins()))

    await turn.interrupted(Interruption.STOP, when="msg_1")

    assert kinds(turn) == ["thread.item.added", "thread.item.removed"]
    assert await turn.items() == [("sdk_hidden_context", STOPPED)]


async def test_a_stop_closes_an_open_workflow() -> None:
    """It is folded up, and says how long it took."""
    workflow = Workflow(type="custom", tasks=[CustomTask(title="look")], expanded=True)
    item = WorkflowItem(id="wf_1", thread_id="", created_at=MADE, workflow=workflow)
    turn = await turn_of(endless(begins(item)))

    await turn.interrupted(Interruption.STOP, when="wf_1")

    closed = turn.shown[-1]["item"]["workflow"]
    assert closed["expanded"] is False
    assert closed["summary"]["duration"] >= 0
    assert [task["title"] for task in closed["tasks"]] == ["look"]


async def test_a_stop_counts_though_the_assistant_fails_to_clean_up() -> None:
    """What the user saw is kept all the same."""
    worker = Worker(endless(begins(), streams("Hel")))

    async def fails() -> None:
        raise RuntimeError("no clean-up today")

    worker.server.clean_up = fails
    turn = await worker.accept()

    view = await turn.interrupted(Interruption.STOP, when="Hel")

    assert view.status is TurnStatus.CANCELLED
    assert await turn.items() == [("assistant_message", "Hel")]


@pytest.mark.parametrize(
    "raised", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()]
)
async def test_a_stop_counts_whatever_the_assistant_raises(raised: BaseException) -> None:
    """Its clean-up may end anyhow; neither the turn nor the worker ends with it."""
    worker = Worker(endless(begins(), streams("Hel")))

    async def leaves() -> None:
        raise raised

    worker.server.clean_up = leaves
    turn = await worker.accept()

    view = await turn.interrupted(Interruption.STOP, when="Hel")

    assert view.status is TurnStatus.CANCELLED
    assert await turn.items() == [("assistant_message", "Hel")]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (SystemExit(1), "ExitRequested: SystemExit(1)"),
        (KeyboardInterrupt(), "ExitRequested: KeyboardInterrupt()"),
        (GeneratorExit("bye"), "GeneratorExit: bye"),
        (asyncio.CancelledError(), "CancelledError: nobody stopped it"),
        (StopIteration(), "RuntimeError: async generator raised StopIteration"),
        (StopAsyncIteration(), "RuntimeError: async generator raised StopAsyncIteration"),
        (BaseExceptionGroup("two", [SystemExit(1), ValueError("oops")]), "SystemExit: 1"),
    ],
    ids=repr,
)
async def test_whatever_an_assistant_raises_ends_its_own_turn_only(
    raised: BaseException, told: str
) -> None:
    """A person sees an error; other people's turns run in the same process."""
    turn = await turn_of(script(begins(), streams("Hel"), then=raised))

    view = await turn.run()

    assert view.status is TurnStatus.FAILED
    failed = await turn.client.dead_letters.show_failed(turn.id)
    assert failed.error.detail.startswith(told)
    assert kinds(turn)[-1] == "error"


async def test_a_worker_that_drains_gives_its_turn_back() -> None:
    """No attempt is used up, and the next one brings the answer whole."""
    turn = await turn_of(
        endless(begins(), streams("Hel")), script(begins(), streams("Hello"), ends("Hello"))
    )

    view = await turn.interrupted(Interruption.DRAIN, when="Hel")

    assert view.status is TurnStatus.QUEUED
    assert (await turn.run()).status is TurnStatus.COMPLETED
    assert await turn.items() == [("assistant_message", "Hello")]
    assert kinds(turn).count("thread.item.done") == 1


async def test_an_answer_that_takes_too_long_fails_with_words() -> None:
    """The user may try again."""
    settings = SETTINGS.model_copy(update={"turn_timeout": timedelta(milliseconds=50)})
    turn = await turn_of(endless(begins(), streams("Hel")), settings=settings)

    view = await turn.run()

    assert _error(view) == ("turn_timed_out", "The answer took too long.")
    assert await turn.items() == [("assistant_message", "Hel")]


@pytest.mark.parametrize("limit", [4_000, 20_000])
async def test_the_limit_of_a_log_is_that_of_all_attempts_together(limit: int) -> None:
    """What the first one wrote stands in Redis until the log expires. The turn ends once the second
    has used up the rest, though each by itself would have had room.
    """
    settings = SETTINGS.model_copy(update={"log_limit": limit, "retry_backoff": timedelta(0)})
    first = script(begins(), streams("x" * 2_000), then=http_error(503))
    second = script(begins(), streams("y" * 2_000))
    turn = await turn_of(first, second, settings=settings)

    assert (await turn.run()).status is TurnStatus.QUEUED
    view = await turn.run()

    if limit == 20_000:
        assert view.status is TurnStatus.COMPLETED
    else:
        assert _error(view) == ("answer_too_large", "The answer grew too long.")
        assert kinds(turn)[-1] == "error"
        assert turn.end == "failed"


async def test_an_assistant_that_raises_fails_its_turn_and_keeps_what_was_seen() -> None:
    """The error is the last thing that viewers see."""
    refusal = CustomStreamError("Not on Sundays.", allow_retry=False)
    turn = await turn_of(script(begins(), streams("Hel"), then=refusal))

    view = await turn.run()

    assert _error(view) == ("assistant_error", "Not on Sundays.")
    assert await turn.items() == [("assistant_message", "Hel")]
    assert kinds(turn)[-2:] == ["thread.item.done", "error"]
    assert turn.end == "failed"


async def test_a_failure_that_may_pass_queues_the_turn_again() -> None:
    """Viewers see nothing of it; the attempt counts as failed."""
    turn = await turn_of(script(begins(), streams("Hel"), then=http_error(503)))

    view = await turn.run()

    assert view.status is TurnStatus.QUEUED
    assert view.error is not None
    assert view.error.code == "model_unavailable"
    assert "error" not in kinds(turn)
    assert turn.end is None


async def test_a_model_server_says_itself_how_long_to_wait() -> None:
    """Its word counts, not the pause of two seconds that doubles."""
    busy = http_error(429, **{"retry-after": "0.001"})
    turn = await turn_of(script(then=busy), script(begins(), ends("Hello")))

    assert (await turn.run()).status is TurnStatus.QUEUED
    await asyncio.sleep(0.01)
    assert (await turn.run()).status is TurnStatus.COMPLETED


async def test_the_last_attempt_fails_for_good() -> None:
    """It is a dead letter: an operator may run it again."""
    turn = await turn_of(script(begins(), streams("Hel"), then=http_error(503)), max_attempts=1)

    view = await turn.run()

    assert view.status is TurnStatus.FAILED
    assert await turn.items() == [("assistant_message", "Hel")]
    assert kinds(turn)[-1] == "error"


async def test_a_lost_attempt_writes_nothing_more() -> None:
    """Neither to the store nor to the log: somebody else runs the turn."""
    turn = await turn_of(endless(begins(), streams("Hel")))

    view = await turn.interrupted(Interruption.LOST, when="Hel")

    assert view.status is TurnStatus.RUNNING  # until its lease has passed
    assert await turn.items() == []
    assert turn.end is None


class Refusing(Attempts):
    """Writes to a store that refuses the items of one id, once."""

    def __init__(self, inner: Attempts, item_id: str) -> None:
        self._inner = inner
        self._item_id: str | None = item_id

    async def write(self, owner: Owner, turn_id: str, command: WriteAttempt) -> None:
        if self._item_id in [item.item_id for item in command.items]:
            self._item_id = None
            raise Unprocessable("There is no room for it.")
        await self._inner.write(owner, turn_id, command)

    async def patch_thread(self, owner: Owner, turn_id: str, patch: ThreadPatch) -> dict[str, Any]:
        return await self._inner.patch_thread(owner, turn_id, patch)

    async def journal(self, owner: Owner, turn_id: str) -> dict[str, str]:
        return await self._inner.journal(owner, turn_id)


async def test_last_words_that_the_store_refuses_fail_the_turn() -> None:
    """What viewers saw of them is taken back: no reload would show it."""
    answer = script(begins(), streams("Hello"), ends("Hello"))
    store: StoreClient = MemoryStore()
    store.attempts = Refusing(store.attempts, "msg_1")
    turn = await turn_of(answer, client=store)

    view = await turn.run()

    assert view.status is TurnStatus.FAILED
    assert await turn.items() == []
    assert kinds(turn)[-2:] == ["thread.item.removed", "error"]


async def test_what_a_later_attempt_does_not_bring_again_is_taken_back() -> None:
    """The answer of the attempt that ends the turn is the answer."""
    first = script(ends(said("one", "msg_1")), then=http_error(503))
    at_once = SETTINGS.model_copy(update={"retry_backoff": timedelta(0)})
    turn = await turn_of(first, script(ends(said("two", "msg_2"))), settings=at_once)

    await turn.run()
    await turn.run()

    assert await turn.items() == [("assistant_message", "two")]
    assert {"type": "thread.item.removed", "item_id": "msg_1"} in turn.shown


def _error(view: TurnView) -> tuple[str, str | None]:
    assert view.status is TurnStatus.FAILED
    assert view.error is not None
    return view.error.code, view.error.message


@pytest.fixture(autouse=True)
async def _no_turn_hangs() -> AsyncIterator[None]:
    async with asyncio.timeout(30):
        yield


async def test_viewers_see_the_title_that_the_user_chose_meanwhile() -> None:
    """The assistant thought of another one in the same turn, which is neither stored nor shown."""

    async def titled(server: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        chosen = ThreadPatch(fields={"title": "Mine"})
        await turn.client.threads.patch(ANN, turn.thread_id, chosen)
        thread = await server.store.load_thread(turn.thread_id, turn.attempt.claimed.context)
        thread.title = "Theirs"
        await server.store.save_thread(thread, turn.attempt.claimed.context)
        yield ThreadUpdatedEvent(thread=Thread(**thread.model_dump(), items=Page()))
        yield ends("Hello")

    turn = await turn_of(titled)
    await turn.run()

    updated = [event for event in turn.shown if event["type"] == "thread.updated"]
    assert [event["thread"]["title"] for event in updated] == ["Mine"]
