"""HTTP to the store: kept connections, repeated tries, failures under their own names."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import stamina
from pydantic import BaseModel

from turnstream.errors import NotFound, Unavailable, from_problem
from turnstream.store_client.connections import Connections

Params = dict[str, str | int]

_CALL = 20.0
"""Seconds for one answer. Longer than the store's statement timeout, so that it is heard."""
_READY = 3.0
"""Seconds for the answer of `GET /ready`."""
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
    """Sends requests. Connects with the first one."""

    def __init__(self, url: str, patience: timedelta) -> None:
        self._connections = Connections(url)
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
        target = f"{path}?{urlencode(params)}" if params else path
        try:
            answer = await self._connections.ask(method, target, data, _CALL)
        except OSError as error:
            raise Unavailable("The store does not answer.") from error
        if answer.status >= 400:
            raise from_problem(_problem(answer.body))
        return answer.body

    async def ready(self) -> bool:
        """True when `GET /ready` says so, within a few seconds."""
        try:
            answer = await self._connections.ask("GET", "/ready", None, _READY)
        except OSError:
            return False
        return answer.status == 200

    async def aclose(self) -> None:
        """Close every connection."""
        await self._connections.aclose()


def _problem(answer: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(answer)
    except orjson.JSONDecodeError:
        body = None
    return body if isinstance(body, dict) else {"detail": answer[:200].decode(errors="replace")}
