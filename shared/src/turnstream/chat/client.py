"""A user of a gateway: sends a request, and follows its turn to the end, whatever the network does.

It follows by position: a lost connection is taken up after the last event that came.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import NamedTuple

import aiohttp
import orjson

from turnstream.conformance.requests import ChatRequest, encoded
from turnstream.conformance.sse import ServerEvent, SSEParser
from turnstream.contracts.turns import Json
from turnstream.errors import BadRequest, Unavailable

RESTART = "restart"
"""The type of an event that is ours: what came of the turn is told again from its beginning."""

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
"""An answer may take any time, but a gateway says that it is alive every 15 s."""
_TRIES = 8
"""Reconnects in a row without a new event before it gives up: pauses of some 20 s together."""
_LONGEST_PAUSE = 5.0
"""Seconds between two of them."""
_JSON = {"Content-Type": "application/json"}
_RESUMABLE = {"Turnstream-Client": "resumable"}


class TurnOutcome(NamedTuple):
    """How a turn ended: `completed`, `failed` or `cancelled`; for its viewer alone, `revoked` or
    `lost`.
    """

    status: str


class ChatClient:
    """Talks to a gateway. Connections are made at the first request, and closed by `aclose`."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None
        self.turn_id: str | None = None
        """The turn that began last, once a gateway has named it."""

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def events(self, request: ChatRequest) -> AsyncIterator[Json | TurnOutcome]:
        """The events of the turn that a request begins, and its end.

        Raises `BadRequest` for a request that was refused, and `Unavailable` for a gateway that
        does not answer, or not any more.
        """
        following, self.turn_id = _FollowState(), None
        answer = await self._send(
            "POST", "/chatkit", data=encoded(request), headers={**_JSON, **_RESUMABLE}
        )
        self.turn_id = answer.headers.get("Turn-Id")
        try:
            tries = 0
            while True:
                before, whole = following.position, False
                with suppress(aiohttp.ClientError, TimeoutError):
                    async for event in following.read(answer):
                        yield event
                    whole = True
                answer.close()
                if self.turn_id is None:  # a server of another kind: its stream is all there is
                    yield TurnOutcome("completed" if whole else "lost")
                    return
                if following.ended:
                    return
                tries = 0 if following.position != before else tries + 1
                answer = await self._resumed(following, tries)
        finally:
            answer.close()

    async def cancel(self, turn_id: str) -> None:
        """Stop a turn, wherever it is."""
        (await self._send("POST", f"/turns/{turn_id}/cancel")).close()

    async def _resumed(self, following: "_FollowState", tries: int) -> aiohttp.ClientResponse:
        path = f"/turns/{self.turn_id}/events"
        params = {"after": following.position} if following.position else {}
        # Not stamina: it counts calls that fail, and here a stream that opens and brings nothing
        # is a failed try too, while one event lets the count begin anew.
        while True:
            if tries >= _TRIES:
                raise Unavailable(f"The connection was lost; the answer goes on as {self.turn_id}.")
            await asyncio.sleep(min(0.2 * 2**tries, _LONGEST_PAUSE))
            try:
                return await self._send("GET", path, params=params)
            except Unavailable:
                tries += 1

    async def _send(
        self,
        method: str,
        path: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers)
        try:
            answer = await self._session.request(
                method, f"{self._url}{path}", data=data, headers=headers, params=params
            )
            if answer.status < 400:
                return answer
            detail = _problem(await answer.read()) or f"{answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"{self._url} does not answer: {error}") from error
        raise (Unavailable if answer.status >= 500 else BadRequest)(detail)


class _FollowState:
    """What was read of a turn, over however many connections."""

    def __init__(self) -> None:
        self.position: str | None = None
        self.ended = False

    async def read(self, answer: aiohttp.ClientResponse) -> AsyncIterator[Json | TurnOutcome]:
        """The events of a connection, until it or the turn ends."""
        parser = SSEParser()
        async for chunk in answer.content.iter_any():
            for received in parser.feed(chunk):
                if isinstance(received, ServerEvent):
                    self.position = received.id or self.position
                    yield self._event(received)

    def _event(self, received: ServerEvent) -> Json | TurnOutcome:
        match received.event:
            case "end":
                self.ended = True
                return TurnOutcome(orjson.loads(received.data)["status"])
            case "revoked":
                self.ended = True
                return TurnOutcome("revoked")
            case "restart":
                return {"type": RESTART}
        event: Json = orjson.loads(received.data)
        return event


def _problem(body: bytes) -> str:
    with suppress(ValueError):
        match orjson.loads(body):
            case {"detail": str(detail)}:
                return detail
            case {"title": str(title)}:
                return title
    return ""
