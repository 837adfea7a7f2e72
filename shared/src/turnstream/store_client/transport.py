"""HTTP to the store: one pool, repeated tries, failures under their own names.

aiohttp, because under concurrency it costs a tenth of what httpx does.
"""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
import stamina
from pydantic import BaseModel

from turnstream.errors import NotFound, Unavailable, from_problem

Params = dict[str, str | int]

_CALL = aiohttp.ClientTimeout(total=20, sock_connect=2)
"""One try. Longer than the store's own statement timeout, so that its answer is heard."""
_CONNECTIONS = 100
_NEWEST = 0.1
"""Weight of the newest answer in the latency."""


_ID_LIMIT = 200
"""Characters in an id. Ours have 40; an app's own may be longer, but not a page."""


def segment(identifier: str) -> str:
    """An id as one segment of a path. Ids come from clients: what can't be one is `NotFound`."""
    if not identifier or len(identifier) > _ID_LIMIT or identifier in (".", ".."):
        raise NotFound("There is no such id.")
    return quote(identifier, safe="")


class Transport:
    """Sends requests. The session is made with the first one, inside the running loop."""

    def __init__(self, url: str, patience: timedelta) -> None:
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._patience = patience.total_seconds()
        self.latency = 0.0
        """Seconds that an answer takes, of late."""
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=None,
            timeout=patience,
            wait_initial=0.05,
            wait_max=2.0,
            wait_jitter=0.2,
        ).on(Unavailable)

    async def send(
        self,
        method: str,
        path: str,
        body: BaseModel | list[str] | None = None,
        params: Params | None = None,
    ) -> bytes:
        """The body of the answer. Tries again while the store is `Unavailable`."""
        if isinstance(body, BaseModel):
            data: bytes | None = body.model_dump_json().encode()
        else:
            data = orjson.dumps(body) if body is not None else None
        began = time.monotonic()
        try:
            # Nearly every call is answered at once; stamina takes 30 us of CPU to say so.
            answer = await self._send(method, path, data, params)
            self.latency += (time.monotonic() - began - self.latency) * _NEWEST
            return answer
        except Unavailable:
            if time.monotonic() - began >= self._patience:
                raise
        return await self._retrying(self._send, method, path, data, params)

    async def _send(
        self, method: str, path: str, data: bytes | None, params: Params | None
    ) -> bytes:
        headers = {"Content-Type": "application/json"} if data is not None else None
        try:
            async with self._open().request(
                method, self._url + path, data=data, params=params, headers=headers
            ) as response:
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable("The store does not answer.") from error
        if response.status >= 400:
            raise from_problem(_problem(answer))
        return answer

    async def ready(self) -> bool:
        """True when `GET /ready` says so, within a second or two."""
        timeout = aiohttp.ClientTimeout(total=3)
        try:
            async with self._open().get(self._url + "/ready", timeout=timeout) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=4)
            self._session = aiohttp.ClientSession(connector=connector, timeout=_CALL)
        return self._session

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()


def _problem(answer: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(answer)
    except orjson.JSONDecodeError:
        body = None
    return body if isinstance(body, dict) else {"detail": answer[:200].decode(errors="replace")}
