"""The app of the system under ChatKit's tests: it stands for the server that a test has made."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
from chatkit.server import ChatKitServer, NonStreamingResult, StreamingResult
from chatkit.store import AttachmentStore, NotFoundError, Store

STREAMED = b"text/event-stream"


class ModelOverride(ChatKitServer[Any]):
    """Does what the server of the running test does."""

    tested: ChatKitServer[Any] | None = None

    @property
    def attachment_store(self) -> AttachmentStore[Any] | None:
        return self.tested.attachment_store if self.tested else None

    @attachment_store.setter
    def attachment_store(self, _: AttachmentStore[Any] | None) -> None:
        """Part of the constructor."""

    def respond(self, *asked: Any) -> AsyncIterator[Any]:
        assert self.tested is not None
        return self.tested.respond(*asked)

    def action(self, *asked: Any) -> AsyncIterator[Any]:
        assert self.tested is not None
        return self.tested.action(*asked)

    async def sync_action(self, *asked: Any) -> Any:
        assert self.tested is not None
        return await self.tested.sync_action(*asked)

    async def add_feedback(self, *asked: Any) -> None:
        assert self.tested is not None
        await self.tested.add_feedback(*asked)

    async def transcribe(self, *asked: Any) -> Any:
        assert self.tested is not None
        return await self.tested.transcribe(*asked)


class Given:
    """The store that the factory was given, and the server that it made."""

    store: Store[Any]
    server: ModelOverride


def create(store: Store[Any]) -> ModelOverride:
    Given.store, Given.server = store, ModelOverride(store)
    return Given.server


class GatewayRefusal(Exception):
    """The gateway answered a request with an error."""


async def process(url: str, tested: ChatKitServer[Any], request: str, context: Any) -> Any:
    """What `ChatKitServer.process` does, over HTTP. Times come as ChatKit writes its own."""
    ModelOverride.tested = tested
    headers = {"X-User-Id": context.user_id, "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/chatkit", data=request, headers=headers) as answer,
    ):
        body = await answer.read()
        if answer.status == 404:
            raise NotFoundError(body.decode())
        if answer.status >= 400:
            raise GatewayRefusal(f"{answer.status} {body.decode()}")
        if answer.content_type != STREAMED.decode():
            return NonStreamingResult(naive(body))
        events = [each for each in body.split(b"\n\n") if b"data: " in each]
        return StreamingResult(
            _each(b"data: " + naive(each.split(b"data: ")[1]) for each in events)
        )


def naive(document: bytes) -> bytes:
    """A document whose times have no zone: ChatKit's own have none, ours say that they are UTC."""
    return orjson.dumps(_naive(orjson.loads(document)))


def _naive(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _naive(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_naive(each) for each in value]
    return value.removesuffix("Z") if name == "created_at" else value


async def _each(events: Any) -> Any:
    for event in events:
        yield event
