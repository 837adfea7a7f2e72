"""A receiver of webhooks for tests: a real HTTP server that answers as a test has it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

SECRET = "whsec_" + "dHVybnN0cmVhbS13ZWJob29rcy1hcmUtc2lnbmVk"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        """The id by which a receiver tells a repeat."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The body."""
        document: dict[str, Any] = orjson.loads(self.body)
        return document

    def verified(self, secret: str = SECRET) -> dict[str, Any]:
        """The body, after the reference library has checked its signature and its time."""
        document: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return document


@dataclass
class Receiver:
    """What came, and how it is answered."""

    url: str
    answer: Answer
    received: list[Received] = field(default_factory=list)
    at_once: int = 0
    """The most requests that it had open at a time."""
    _open: int = 0

    @property
    def ids(self) -> list[str]:
        """The ids of what came, in order."""
        return [each.event_id for each in self.received]

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Note a request and answer it."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.path, headers, await request.read()))
        self._open += 1
        self.at_once = max(self.at_once, self._open)
        try:
            return await self.answer(request)
        finally:
            self._open -= 1


def status(code: int, **headers: str) -> Answer:
    """Answer with a status."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers=headers)

    return answer


def after(seconds: float) -> Answer:
    """Answer well, but late."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.Response()

    return answer


def one_by_one(*answers: Answer) -> Answer:
    """The first answer for the first request, and so on; the last one for all others."""
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


@asynccontextmanager
async def receiver(answer: Answer | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of the loopback."""
    found = Receiver("", answer or status(200))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.take)
    async with TestServer(app) as server:
        found.url = str(server.make_url("/hooks"))
        yield found
