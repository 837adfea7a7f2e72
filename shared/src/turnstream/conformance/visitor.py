"""A user of the server: sends requests, and reads whatever comes back."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import aiohttp

from turnstream.conformance.answers import Answer
from turnstream.conformance.requests import ChatRequest, encoded
from turnstream.errors import BadRequest, Unavailable

_LONGEST_PAUSE = 15.0
"""Seconds that a server may ask us to wait before a request that it refused for its rate."""
_TRIES = 5


class Target(NamedTuple):
    """Where a server is, and how it knows a user."""

    url: str
    """The endpoint that takes ChatKit requests."""
    headers: Mapping[str, str]
    timeout: float
    """Seconds that any answer may take."""

    @property
    def base(self) -> str:
        """The address beside which other routes are looked for."""
        return self.url.rpartition("/")[0]


def endpoint(url: str) -> str:
    """The ChatKit endpoint that an address means: `/chatkit`, unless it has a path of its own.

    Raises `BadRequest` for what is no address of a server.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRequest(f"{url} is no http address.")
    return url if parts.path.strip("/") else f"{url.rstrip('/')}/chatkit"


class Visitor:
    """One user. As a context manager, it holds the connections."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=None)
        # A connection for each request: servers that fail close theirs, and the next one suffers.
        connector = aiohttp.TCPConnector(force_close=True)
        self._session = aiohttp.ClientSession(
            headers=self.target.headers, timeout=timeout, connector=connector
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session:
            await self._session.close()

    async def send(self, request: ChatRequest, headers: Mapping[str, str] | None = None) -> Answer:
        """The whole answer to a request. Raises `Unavailable` when no server answers."""
        return await self.post(encoded(request), request.type, headers)

    async def post(
        self, body: bytes, asked: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The whole answer to any body. A request that came too often is sent again."""
        # Not stamina: it tries exceptions again, and here the last refusal is an answer to judge.
        for _ in range(_TRIES):
            answer = await self.call("POST", self.target.url, asked, headers, body)
            pause = _pause(answer)
            if pause is None:
                break
            await asyncio.sleep(pause)
        return answer

    async def call(
        self,
        method: str,
        url: str,
        asked: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """The whole answer of any route."""
        async with self.opened(method, url, asked, headers, body) as (answer, rest):
            async for _ in rest:
                pass
        return answer

    @asynccontextmanager
    async def opened(
        self,
        method: str,
        url: str,
        asked: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AsyncIterator[tuple[Answer, AsyncIterator[bytes]]]:
        """An answer that is read piece by piece; leaving the block drops the connection."""
        assert self._session is not None, "use it as a context manager"
        declared = {} if body is None else {"Content-Type": "application/json"}
        start = time.monotonic()
        try:
            async with asyncio.timeout(self.target.timeout):
                response = await self._session.request(
                    method, url, headers={**declared, **(headers or {})}, data=body
                )
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"{url} does not answer: {error!r}") from error
        answer = Answer(asked, response.status, response.headers)
        pieces = self._pieces(response, answer, start)
        try:
            yield answer, pieces
        finally:
            await pieces.aclose()  # a generator that is merely left keeps its timer
            response.close()

    async def _pieces(
        self, response: aiohttp.ClientResponse, answer: Answer, start: float
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with asyncio.timeout(self.target.timeout):
                async for piece in response.content.iter_any():
                    answer.pieces.append((time.monotonic() - start, piece))
                    yield piece
        except TimeoutError:
            answer.cut = f"not over after {self.target.timeout:g} s"
        except (aiohttp.ClientError, OSError) as error:
            answer.cut = f"{type(error).__name__}: {error}"
        answer.closed_at = time.monotonic() - start


def _pause(answer: Answer) -> float | None:
    """Seconds to wait before a request that came too often is sent again."""
    if answer.status != 429:
        return None
    try:
        pause = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return None
    return pause if 0 <= pause <= _LONGEST_PAUSE else None
