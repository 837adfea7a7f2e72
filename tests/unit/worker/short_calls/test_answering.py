"""Short calls: each has an answer, whatever the assistant does, and none disturbs a turn."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from chatkit.actions import Action
from chatkit.server import ChatKitServer
from chatkit.store import NotFoundError
from chatkit.types import (
    AudioInput,
    SyncCustomActionResponse,
    ThreadMetadata,
    ThreadStreamEvent,
    TranscriptionResult,
    WidgetItem,
)
from chatkit.widgets import WidgetRoot
from turnstream.contracts.entities import Entity
from turnstream.contracts.jobs import CallServer, ServerAnswered, ServerMethod
from turnstream.contracts.store_api import ThreadPatch
from turnstream.contracts.turns import Json, RequestContext
from turnstream.testing import MemoryStore
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.short_calls.answering import ServerCalls
from turnstream_worker.short_calls.entities import MOST_ENTITIES
from turnstream_worker.thread.chatkit_store import TurnStore

from tests.support.turns import BOB, item, running, save_item

ANN = RequestContext(user_id="ann")
FRESH = timedelta(0)


class Plain(ChatKitServer[RequestContext]):
    """An assistant with no methods beyond those that every one must have."""

    def respond(self, *_: Any) -> AsyncIterator[ThreadStreamEvent]:
        raise NotImplementedError


class Able(Plain):
    """An assistant that answers short calls, after a wait or with an error if told."""

    def __init__(self, store: TurnStore) -> None:
        super().__init__(store)
        self.wait = 0.0
        self.error: Exception | None = None
        self.heard: list[AudioInput] = []

    async def _work(self) -> None:
        await asyncio.sleep(self.wait)
        if self.error is not None:
            raise self.error

    async def sync_action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: RequestContext,
    ) -> SyncCustomActionResponse:
        await self._work()
        return SyncCustomActionResponse(updated_item=None)

    async def transcribe(
        self, audio_input: AudioInput, context: RequestContext
    ) -> TranscriptionResult:
        self.heard.append(audio_input)
        return TranscriptionResult(text="hello")

    async def search_entities(self, query: str, context: RequestContext) -> Sequence[Entity]:
        return [Entity(id=str(number), title=query) for number in range(2 * MOST_ENTITIES)]

    async def preview_entity(self, entity_id: str, context: RequestContext) -> WidgetRoot | None:
        raise NotFoundError(entity_id)


class Calls:
    """Short calls to one assistant, on a store in memory."""

    def __init__(self, server: type[ChatKitServer[RequestContext]] = Able, limit: int = 20) -> None:
        self.client = MemoryStore()
        store = TurnStore(self.client)
        self.server: Any = server(store)
        self._calls = ServerCalls(Assistants(Assistant(self.server, store)), self.client, limit)

    async def ask(
        self,
        method: ServerMethod,
        request: Json,
        *,
        timeout: float = 10.0,
        age: timedelta = FRESH,
    ) -> ServerAnswered | None:
        """The answer to a call of ann's."""
        call = CallServer(
            call_id="call_1",
            method=method,
            request=request,
            context=ANN,
            reply_to="replies",
            timeout=timedelta(seconds=timeout),
        )
        return await asyncio.create_task(self._calls.answer(call, age))

    async def act(self, **params: Any) -> ServerAnswered | None:
        """The answer to a sync action in a thread of ann's."""
        thread_id = (await running(self.client)).thread_id
        return await self.ask(ServerMethod.SYNC_ACTION, action(thread_id, **params))


def action(thread_id: str, **params: Any) -> Json:
    """The request of a sync action."""
    body = {"thread_id": thread_id, "action": {"type": "press"}, **params}
    return {"type": "threads.sync_custom_action", "params": body}


def failure(answered: ServerAnswered | None) -> str | None:
    """The code of what went wrong."""
    assert answered is not None
    return answered.error


async def test_an_answer_is_the_document_that_clients_get() -> None:
    """Under the id of its call."""
    answered = await Calls().act()
    assert answered == ServerAnswered(call_id="call_1", body="{}")


async def test_a_call_whose_caller_has_given_up_is_not_begun() -> None:
    """It waited in the stream for longer than its caller waits."""
    calls = Calls()
    request = action("thr_1")
    late = await calls.ask(ServerMethod.SYNC_ACTION, request, timeout=5, age=timedelta(seconds=6))
    assert late is None


async def test_a_call_that_takes_too_long_is_cut_off() -> None:
    """Its caller is told."""
    calls = Calls()
    calls.server.wait = 30
    thread_id = (await running(calls.client)).thread_id

    answered = await calls.ask(ServerMethod.SYNC_ACTION, action(thread_id), timeout=0.05)

    assert failure(answered) == "timed_out"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("oops"), "assistant_failed"),
        (NotFoundError("no such thing"), "not_found"),
        (NotImplementedError("not here"), "unsupported"),
    ],
)
async def test_what_the_assistant_raises_has_a_name(error: Exception, code: str) -> None:
    """What it says of an unexpected error stays in the log."""
    calls = Calls()
    calls.server.error = error

    answered = await calls.act()

    assert failure(answered) == code
    assert "oops" not in str(answered)


async def test_a_thread_of_somebody_else_is_not_found() -> None:
    """As one that does not exist."""
    calls = Calls()
    thread_id = (await running(calls.client, owner=BOB)).thread_id
    answered = await calls.ask(ServerMethod.SYNC_ACTION, action(thread_id))
    assert failure(answered) == "not_found"


async def test_a_locked_thread_takes_no_action() -> None:
    """The assistant's reason is told."""
    calls = Calls()
    turn = await running(calls.client)
    locked = {"status": {"type": "locked", "reason": "archived"}}
    await calls.client.threads.patch(ANN.owner, turn.thread_id, ThreadPatch(fields=locked))

    answered = await calls.ask(ServerMethod.SYNC_ACTION, action(turn.thread_id))

    assert failure(answered) == "thread_locked"
    assert answered is not None
    assert "archived" in answered.detail


async def test_an_action_comes_from_a_widget_and_nothing_else() -> None:
    """A message has no buttons."""
    calls = Calls()
    turn = await running(calls.client)
    message = item("msg_1", thread_id=turn.thread_id, content=[])
    await save_item(calls.client, turn, message)

    request = action(turn.thread_id, item_id="msg_1")

    assert failure(await calls.ask(ServerMethod.SYNC_ACTION, request)) == "unprocessable"


async def test_dictation_reaches_the_assistant_as_bytes() -> None:
    """With the type that the browser named."""
    calls = Calls()
    params = {"audio_base64": base64.b64encode(b"abc").decode(), "mime_type": "audio/webm"}
    request = {"type": "input.transcribe", "params": params}

    answered = await calls.ask(ServerMethod.TRANSCRIBE, request)

    assert answered is not None
    assert orjson.loads(answered.body or "") == {"text": "hello"}
    assert calls.server.heard == [AudioInput(data=b"abc", mime_type="audio/webm")]


async def test_audio_that_is_no_base64_is_refused() -> None:
    """Also where it is not ASCII."""
    params = {"audio_base64": "ü!", "mime_type": "audio/webm"}
    request = {"type": "input.transcribe", "params": params}
    assert failure(await Calls().ask(ServerMethod.TRANSCRIBE, request)) == "bad_request"


async def test_a_list_of_mentions_is_as_long_as_its_page_can_show() -> None:
    """An assistant may give more."""
    answered = await Calls().ask(ServerMethod.SEARCH_ENTITIES, {"query": "a"})
    assert answered is not None
    assert len(orjson.loads(answered.body or "")["entities"]) == MOST_ENTITIES


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        (ServerMethod.SEARCH_ENTITIES, {"query": "a"}),
        (ServerMethod.PREVIEW_ENTITY, {"entity_id": "a"}),
        (
            ServerMethod.CREATE_ATTACHMENT,
            {
                "type": "attachments.create",
                "params": {"name": "a", "size": 1, "mime_type": "text/plain"},
            },
        ),
        (
            ServerMethod.TRANSCRIBE,
            {
                "type": "input.transcribe",
                "params": {"audio_base64": "", "mime_type": "audio/webm"},
            },
        ),
    ],
)
async def test_what_an_assistant_does_not_have_is_unsupported(
    method: ServerMethod, request_: Json
) -> None:
    """The gateway answers 501."""
    assert failure(await Calls(Plain).ask(method, request_)) == "unsupported"


async def test_a_preview_of_what_is_not_there_is_not_found() -> None:
    """Or not the user's: the two look the same."""
    preview = {"entity_id": "a"}
    assert failure(await Calls().ask(ServerMethod.PREVIEW_ENTITY, preview)) == "not_found"
