"""Short requests: whom each of the ten is put to, and what is refused before that."""

from typing import Any

import orjson
import pytest
from chatkit.types import AttachmentCreateParams, is_streaming_req
from prometheus_client import REGISTRY
from pydantic import BaseModel
from turnstream.contracts.jobs import ServerMethod
from turnstream.contracts.owner import Owner, Tenant
from turnstream.contracts.turns import Json, RequestContext
from turnstream.errors import (
    AssistantFailed,
    NotFound,
    TurnstreamError,
    Unavailable,
    Unprocessable,
    Unsupported,
)
from turnstream.store_client.feedback import HttpRatings
from turnstream.store_client.http.transport import CallIdentity, Params, Transport
from turnstream.store_client.threads.of_owner import HttpThreads
from turnstream_gateway.admission.bounds import RequestBounds
from turnstream_gateway.admission.incoming import parse
from turnstream_gateway.files.attachments import Attachments
from turnstream_gateway.non_streaming_requests import TITLE_LIMIT, NonStreamingRequests
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.short_calls import ServerCaller

CONTEXT = RequestContext(tenant="acme", user_id="alice")
THREAD = {"thread_id": "thr_1"}
PAGE = {"limit": 20, "order": "desc"}


class PlayedTransport(Transport):
    """A store that remembers what it was asked."""

    def __init__(self, error: TurnstreamError | None = None) -> None:
        self.asked: list[tuple[str, str, Params | None]] = []
        self.bodies: list[BaseModel | list[str] | None] = []
        self._error = error

    async def send(
        self,
        method: str,
        path: str,
        body: BaseModel | list[str] | None = None,
        params: Params | None = None,
        owner: Owner | Tenant | CallIdentity | None = None,
    ) -> bytes:
        assert owner == CONTEXT.owner
        self.asked.append((method, path, params))
        self.bodies.append(body)
        if self._error is not None:
            raise self._error
        return b'"of the store"'


class PlayedCaller(ServerCaller):
    """An assistant that answers every call, or fails at it."""

    def __init__(self, error: TurnstreamError | None = None) -> None:
        self.called: list[ServerMethod] = []
        self._error = error

    async def call(self, method: ServerMethod, request: Json, context: RequestContext) -> bytes:
        self.called.append(method)
        if self._error is not None:
            raise self._error
        return b'"of the assistant"'


class PlayedAttachments(Attachments):
    """Attachments of which one is the assistant's."""

    def __init__(self) -> None:
        pass

    async def announce(self, owner: Owner, params: AttachmentCreateParams, base: str) -> bytes:
        return b'"ours"'

    async def delete(self, owner: Owner, attachment_id: str) -> bool:
        return attachment_id != "atc_theirs"


def answered_by(
    store: PlayedTransport,
    assistant: PlayedCaller,
    attachments: Attachments | None = None,
) -> NonStreamingRequests:
    """Answers of that store and that assistant."""
    return NonStreamingRequests(HttpThreads(store), HttpRatings(store), assistant, attachments)


async def ask(answers: NonStreamingRequests, kind: str, params: dict[str, Any]) -> bytes:
    """The answer to a request."""
    request = parse(
        orjson.dumps({"type": kind, "params": params}), RequestBounds.of(GatewaySettings())
    )
    assert not is_streaming_req(request)
    return await answers.answer(request, CONTEXT, "http://chat.test")


@pytest.mark.parametrize(
    ("kind", "params", "asked"),
    [
        ("threads.get_by_id", THREAD, ("GET", "/threads/thr_1", None)),
        ("threads.list", {}, ("GET", "/threads", {**PAGE, "public": 1})),
        ("threads.list", {"limit": 7}, ("GET", "/threads", {**PAGE, "limit": 7, "public": 1})),
        ("threads.list", {"limit": 999}, ("GET", "/threads", {**PAGE, "limit": 100, "public": 1})),
        (
            "items.list",
            {**THREAD, "order": "asc", "after": "msg_1"},
            ("GET", "/threads/thr_1/items", {**PAGE, "order": "asc", "after": "msg_1"}),
        ),
    ],
)
async def test_what_is_stored_is_answered_by_the_store(
    kind: str, params: dict[str, Any], asked: tuple[str, str, Params]
) -> None:
    """Nobody asks the assistant; pages have a limit."""
    store, assistant = PlayedTransport(), PlayedCaller()
    assert await ask(answered_by(store, assistant), kind, params) == b'"of the store"'
    assert store.asked == [asked]
    assert assistant.called == []


async def test_a_thread_is_deleted_by_the_store() -> None:
    """The answer is an empty document."""
    store = PlayedTransport()
    assert await ask(answered_by(store, PlayedCaller()), "threads.delete", THREAD) == b"{}"
    assert store.asked == [("DELETE", "/threads/thr_1", None)]


async def test_of_a_thread_only_the_title_is_updated() -> None:
    """A client can't open a thread that the assistant has locked."""
    store = PlayedTransport()
    params = {**THREAD, "title": "New", "status": {"type": "active"}}
    await ask(answered_by(store, PlayedCaller()), "threads.update", params)
    [body] = store.bodies
    assert isinstance(body, BaseModel)
    assert body.model_dump()["fields"] == {"title": "New"}


@pytest.mark.parametrize("title", ["", "  ", "x" * (TITLE_LIMIT + 1), "a\nb", "a\x1bb", "a\u2028b"])
async def test_a_title_that_fits_no_list_is_refused(title: str) -> None:
    """The store is not asked."""
    store = PlayedTransport()
    with pytest.raises(Unprocessable, match="title"):
        await ask(answered_by(store, PlayedCaller()), "threads.update", {**THREAD, "title": title})
    assert store.asked == []


@pytest.mark.parametrize("title", ["x" * TITLE_LIMIT, "👩\u200d🚀 mission", "a\0b"])
async def test_a_title_may_hold_what_a_list_can_show(title: str) -> None:
    """Up to the limit, joiners inside an emoji included; U+0000 was replaced at the door."""
    await ask(
        answered_by(PlayedTransport(), PlayedCaller()), "threads.update", {**THREAD, "title": title}
    )


@pytest.mark.parametrize("limit", [-1, -100])
async def test_a_page_holds_something(limit: int) -> None:
    """A negative limit is refused."""
    with pytest.raises(Unprocessable, match="limit"):
        await ask(answered_by(PlayedTransport(), PlayedCaller()), "threads.list", {"limit": limit})


@pytest.mark.parametrize(
    ("kind", "params", "method"),
    [
        (
            "threads.sync_custom_action",
            {**THREAD, "action": {"type": "x"}},
            ServerMethod.SYNC_ACTION,
        ),
        (
            "input.transcribe",
            {"audio_base64": "YQ==", "mime_type": "audio/webm"},
            ServerMethod.TRANSCRIBE,
        ),
    ],
)
async def test_what_only_the_assistant_knows_it_answers(
    kind: str, params: dict[str, Any], method: ServerMethod
) -> None:
    """The store is not asked."""
    store, assistant = PlayedTransport(), PlayedCaller()
    assert await ask(answered_by(store, assistant), kind, params) == b'"of the assistant"'
    assert (store.asked, assistant.called) == ([], [method])


RATING = {**THREAD, "item_ids": ["msg_1"], "kind": "positive"}


def unheard() -> float:
    return REGISTRY.get_sample_value("turnstream_feedback_unheard_total") or 0.0


@pytest.mark.parametrize(("error", "missed"), [(None, 0), (AssistantFailed(), 1)])
async def test_a_rating_is_kept_whatever_becomes_of_the_assistants_hook(
    error: TurnstreamError | None, missed: int
) -> None:
    """What the hook missed is counted."""
    store, assistant, before = PlayedTransport(), PlayedCaller(error), unheard()
    assert await ask(answered_by(store, assistant), "items.feedback", RATING) == b"{}"
    assert [path for _, path, _ in store.asked] == ["/threads/thr_1/feedback"]
    assert assistant.called == [ServerMethod.ADD_FEEDBACK]
    assert unheard() - before == missed


@pytest.mark.parametrize("error", [NotFound(), Unavailable()])
async def test_a_rating_that_is_not_kept_is_a_failure(error: TurnstreamError) -> None:
    """And the assistant is not told."""
    assistant = PlayedCaller()
    with pytest.raises(type(error)):
        await ask(answered_by(PlayedTransport(error), assistant), "items.feedback", RATING)
    assert assistant.called == []


CREATE = {"name": "a.png", "size": 3, "mime_type": "image/png"}


async def test_an_attachment_is_created_by_whoever_keeps_attachments() -> None:
    """The assistant's store first; ours when it has none; 501 when there is neither."""
    theirs, none = PlayedCaller(), PlayedCaller(Unsupported())
    store, ours = PlayedTransport(), PlayedAttachments()
    assert await ask(answered_by(store, theirs, ours), "attachments.create", CREATE) == (
        b'"of the assistant"'
    )
    assert await ask(answered_by(store, none, ours), "attachments.create", CREATE) == b'"ours"'
    with pytest.raises(Unsupported):
        await ask(answered_by(store, none), "attachments.create", CREATE)


async def test_an_attachment_is_deleted_by_whoever_keeps_its_bytes() -> None:
    """The assistant is asked only for what is not ours."""
    assistant = PlayedCaller()
    answers = answered_by(PlayedTransport(), assistant, PlayedAttachments())
    assert await ask(answers, "attachments.delete", {"attachment_id": "atc_ours"}) == b"{}"
    assert assistant.called == []
    await ask(answers, "attachments.delete", {"attachment_id": "atc_theirs"})
    assert assistant.called == [ServerMethod.DELETE_ATTACHMENT]
