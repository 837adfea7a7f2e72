"""One connection that streams a turn, read stepwise or to its end."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from turnstream.conformance.grammar.rules import NOTHING_AFTER_END, POSITIONS_RISE
from turnstream.conformance.sse import Comment, ServerEvent, SSEParser

from .errors import Stalled, StreamBroken
from .view import Received, View, rank

Json = dict[str, Any]
SHOWN = 20
"""Events in the text of a failure: enough to see where a stream stood."""


@dataclass(frozen=True)
class Restart:
    """The stream starts over: forget the turn."""


@dataclass(frozen=True)
class End:
    status: str


class TurnStream:
    """Events are applied to the view when they are handed out, so a test sees each state.

    An entry of the event log may span several frames and has its id on the last, so on streams of
    a gateway (they carry `Turn-Id`) frames without an id wait for the one that has it: otherwise a
    connection lost in between would make a resumed client apply them twice.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        view: View,
        named_events: bool,
        timeout: float,
    ) -> None:
        self.turn_id = view.turn_id
        self.status = response.status
        self.headers = response.headers
        self.received: list[Received] = []
        self.comments: list[str] = []
        self.ends: list[str] = []
        self.restarts = 0
        self.complete = False
        self.broken: str | None = None
        self._response = response
        self._view = view
        self._named = named_events
        self._timeout = timeout
        self._parser = SSEParser()
        self._held: list[Received] = []
        self._ready: deque[Received | Restart | End] = deque()
        self._last = rank(view.position)
        self._resumed_at = self._last
        self._disconnected = False

    @property
    def ended(self) -> str | None:
        """The status the turn ended with, None while it has not."""
        return self.ends[-1] if self.ends else None

    @property
    def events(self) -> list[Json]:
        """The data events of this connection, in order, restarts not taken back."""
        return [received.event for received in self.received]

    async def next_event(self, timeout: float | None = None) -> Json | None:
        """The next event, applied; None once the stream is over (or was disconnected).

        Raises `Stalled` if it does not come in time, `StreamBroken` if the connection is lost or
        a turn's stream closes without an end.
        """
        limit = self._timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(limit):
                return await self._next()
        except TimeoutError:
            raise Stalled(f"nothing more within {limit:g} s\n{self.describe()}") from None

    async def until(
        self, predicate: Callable[[Json], object], timeout: float | None = None
    ) -> Json:
        """The first event for which the predicate holds; everything up to it is applied."""
        limit = self._timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(limit):
                while (event := await self._next()) is not None:
                    if predicate(event):
                        return event
        except TimeoutError:
            raise Stalled(f"no such event within {limit:g} s\n{self.describe()}") from None
        raise AssertionError(f"over without such an event\n{self.describe()}")

    async def until_type(self, kind: str, timeout: float | None = None) -> Json:
        """The next event of this type; a type of an update counts too."""
        return await self.until(lambda event: kind in kinds(event), timeout)

    async def to_end(self, timeout: float | None = None) -> "TurnStream":
        """Apply everything until the server closes the stream."""
        limit = self._timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(limit):
                while await self._next() is not None:
                    pass
        except TimeoutError:
            raise Stalled(f"not over within {limit:g} s\n{self.describe()}") from None
        return self

    async def disconnect(self) -> None:
        """Drop the connection as a lost network does; what had arrived is still applied."""
        self._disconnected = True
        self._response.close()
        while self._ready:
            self._apply(self._ready.popleft())

    def describe(self) -> str:
        """What came, for the text of a failure."""
        lines = [f"  {r.id or '-'} {json.dumps(r.event)[:160]}" for r in self.received[-SHOWN:]]
        head = f"turn {self.turn_id}, {len(self.received)} events, ends {self.ends}, "
        head += f"restarts {self.restarts}, broken {self.broken}, comments {self.comments[-5:]}"
        return "\n".join([head, *lines])

    async def _next(self) -> Json | None:
        while not self._disconnected:
            while self._ready:
                event = self._apply(self._ready.popleft())
                if event is not None:
                    return event
            if self.complete or self.broken:
                self._raise_if_cut()
                return None
            await self._read()
        return None

    def _raise_if_cut(self) -> None:
        if self.broken or (self.turn_id and not self.ends):
            raise StreamBroken(f"{self.broken or 'closed without an end'}\n{self.describe()}")

    async def _read(self) -> None:
        try:
            received = await self._response.content.readany()
        except (aiohttp.ClientError, ConnectionError) as error:
            self.broken = repr(error)
            return
        self.complete = not received
        for part in self._parser.feed(received):
            if isinstance(part, Comment):
                self._comment(part.text)
            else:
                self._event(part)

    def _comment(self, text: str) -> None:
        self.comments.append(text)
        if self._named:
            return
        if text == "restart":
            self._held.clear()
            self._ready.append(Restart())
        elif text.startswith("end "):
            self._confirm(End(text.removeprefix("end ")))

    def _event(self, part: ServerEvent) -> None:
        if part.event == "restart":
            self._held.clear()
            self._ready.append(Restart())
        elif part.event == "end":
            self._confirm(End(json.loads(part.data)["status"]))
        else:
            received = Received(json.loads(part.data), part.id, self.turn_id)
            self._held.append(received)
            if received.id is not None or self.turn_id is None:
                self._confirm()

    def _confirm(self, end: End | None = None) -> None:
        self._ready.extend(self._held)
        self._held.clear()
        if end:
            self._ready.append(end)

    def _apply(self, ready: Received | Restart | End) -> Json | None:
        if isinstance(ready, Restart):
            self.restarts += 1
            self._last = self._resumed_at = None
            self._view.restart()
        elif isinstance(ready, End):
            self.ends.append(ready.status)
        else:
            self._check_order(ready)
            self.received.append(ready)
            self._view.take(ready)
            return ready.event
        return None

    def _check_order(self, received: Received) -> None:
        report = self._view.transcript.report
        if self.ends:
            report(NOTHING_AFTER_END, f"event after the end: {received.event}")
        here = rank(received.id)
        if here is None:
            return
        if self._last is not None and (here < self._last or here == self._resumed_at):
            report(POSITIONS_RISE, f"id {received.id} after {self._last[0]}-{self._last[1]}")
        self._last = here


def kinds(event: Json) -> tuple[str, ...]:
    """The type of an event and, for an update, the type of the update."""
    update = event.get("update") or {}
    return (str(event.get("type")), str(update.get("type")))
