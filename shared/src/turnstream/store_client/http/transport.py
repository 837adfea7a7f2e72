"""HTTP to the store: retries, and failures under their own names."""

import time
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlencode

import orjson
import stamina
from pydantic import BaseModel

from turnstream.contracts.operating.privacy import ACTOR_HEADER, Actor
from turnstream.contracts.owner import Owner, Tenant, owner_headers
from turnstream.contracts.text import dump_json, encode_model
from turnstream.contracts.turns import Json
from turnstream.errors import BadRequest, NotFound, Unavailable, from_problem
from turnstream.latency import Latency
from turnstream.logs import context
from turnstream.secrets.internal_key import HEADER as INTERNAL_KEY
from turnstream.secrets.issued import KEY_PREFIX
from turnstream.store_client.http.connections import Connections, Request, Response
from turnstream.tracing.context import request_lines

Params = dict[str, str | int]

_TIMEOUT = 20.0
"""Seconds for one response: longer than the store's statement timeout, so that the store's own
error arrives first."""
_READY_TIMEOUT = 3.0
"""Seconds for the response of `GET /ready`."""

_OWNERS = 1024
"""Owners whose headers are kept ready: the users of the moment."""
_ID_LIMIT = 200
"""Characters in an id. Ours have 40; an app's own may be longer, but not a page."""


class CallIdentity(NamedTuple):
    """The owner on whose behalf a call is made, and the actor who asked us for it, where the
    audit tells that.
    """

    owner: Owner | Tenant | None
    """None for what reaches every tenant."""
    actor: Actor | None


def segment(identifier: str) -> str:
    """An id as one segment of a path. Raises `NotFound` for what cannot be one: ids come from
    clients.
    """
    if not identifier or len(identifier) > _ID_LIMIT or identifier in (".", ".."):
        raise NotFound("There is no such id.")
    return quote(identifier, safe="")


class Transport:
    """Sends requests to the store at `url`, which may carry `user:password@`.

    `key` is the internal key, or a server key of an operator's. Raises `ValueError` for one that
    no header can hold.

    It connects with the first request. A request is sent again while the store is `Unavailable`,
    for `retry_timeout` at most; every request of the store client is safe to repeat.
    """

    def __init__(self, url: str, retry_timeout: timedelta, key: str = "") -> None:
        self._connections = Connections(url, _credential(key))
        self._retry_timeout = retry_timeout.total_seconds()
        self._latency = Latency()
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=None, timeout=retry_timeout, wait_initial=0.05, wait_max=2.0, wait_jitter=0.2
        ).on(self._may_pass)

    @property
    def latency(self) -> float:
        """Seconds that an answer takes, of late."""
        return self._latency.seconds

    async def send(
        self,
        method: str,
        path: str,
        body: BaseModel | list[str] | None = None,
        params: Params | None = None,
        owner: "Owner | Tenant | CallIdentity | None" = None,
    ) -> bytes:
        """The body of the answer. Raises what the store raised, or `Unavailable`.

        `owner` is on whose behalf the call is made: only system duties have none. Raises
        `BadRequest` for a name that no owner can have.
        """
        target = f"{path}?{urlencode(params)}" if params else path
        headers = _header_lines(owner) + context.header_line() + request_lines()
        request = Request(method, target, headers, None if body is None else _encoded(body))
        start = time.monotonic()
        try:
            # Nearly every call is answered at once; stamina takes 0.2 ms of CPU to say so.
            return await self._send(request)
        except Unavailable as error:
            if not self._may_pass(error) or time.monotonic() - start >= self._retry_timeout:
                raise
        return await self._retrying(self._send, request)

    async def stream(
        self, path: str, owner: "Owner | Tenant | CallIdentity"
    ) -> AsyncGenerator[bytes]:
        """A long answer to a `GET`, piece by piece, once its head has come.

        Raises what the store raised, or `Unavailable`, also between two pieces.
        """
        answer = self._streamed(Request("GET", path, _header_lines(owner) + context.header_line()))
        await anext(answer)
        return answer

    async def _streamed(self, request: Request) -> AsyncGenerator[bytes]:
        """Nothing, once the head has come; then the pieces of the body."""
        try:
            async with self._connections.stream(request, _TIMEOUT) as response:
                if response.status >= 400:
                    raise from_problem(_problem(await response.body()))
                yield b""
                async for piece in response.pieces:
                    yield piece
        except OSError as error:
            raise Unavailable("The store does not answer to the end.") from error

    async def _send(self, request: Request) -> bytes:
        start = time.monotonic()
        response = await self._request(request, _TIMEOUT)
        if response.status >= 400:
            raise from_problem(_problem(response.body))
        self._latency.record_since(start)
        return response.body

    async def _request(self, request: Request, timeout: float) -> Response:
        try:
            return await self._connections.request(request, timeout)
        except OSError as error:  # TimeoutError is one
            raise Unavailable("The store does not answer.") from error

    async def ready(self) -> bool:
        """True when `GET /ready` says so, within a few seconds."""
        try:
            response = await self._request(Request("GET", "/ready"), _READY_TIMEOUT)
        except Unavailable:
            return False
        return response.status == 200

    async def aclose(self) -> None:
        """Close every connection. Calls that wait for an answer raise `Unavailable`."""
        await self._connections.aclose()

    def _may_pass(self, error: Exception) -> bool:
        return isinstance(error, Unavailable) and not self._connections.closed


def _credential(key: str) -> str:
    """The line that says with what right the requests are made."""
    if not key:
        return ""
    if not key.isascii() or not key.isprintable():
        raise ValueError("A key must be of visible ASCII characters.")
    if key.startswith(KEY_PREFIX):
        return f"Authorization: Bearer {key}\r\n"
    return f"{INTERNAL_KEY}: {key}\r\n"


@lru_cache(_OWNERS)
def _header_lines(owner: Owner | Tenant | CallIdentity | None) -> str:
    if owner is None:
        return ""
    if isinstance(owner, CallIdentity):
        named = _header_lines(owner.owner)
        return named if owner.actor is None else f"{named}{ACTOR_HEADER}: {owner.actor.header}\r\n"
    try:
        headers = owner_headers(owner)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def _encoded(body: BaseModel | list[str]) -> bytes:
    return encode_model(body) if isinstance(body, BaseModel) else dump_json(body)


def _problem(answer: bytes) -> Json:
    try:
        body = orjson.loads(answer)
    except orjson.JSONDecodeError:
        body = None
    return body if isinstance(body, dict) else {"detail": answer[:200].decode(errors="replace")}
