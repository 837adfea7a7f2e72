"""The load: raw sockets that note when what came. Cheaper than what it measures."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, cast

from bench.servers.model import BEGAN

_OK = b"HTTP/1.1 200 "
_EVENT, _TEXT, _CLOSED = b"data: ", b"text_delta", b"\r\n0\r\n\r\n"
_LONGEST = 120.0
"""Seconds for one turn."""


@dataclass
class Timing:
    """One turn as its client saw it; seconds since the request was written."""

    first_event: float = 0.0
    first_text: float = 0.0
    whole: float = 0.0
    bytes: int = 0
    behind: list[float] = field(default_factory=list)
    """For each piece of text, how long its first word was said before it came; the first text's is
    the first. Empty where nobody asked."""


class TurnFailed(Exception):
    """The answer did not come as it should; what came instead."""


def asking(user: str, text: str, thread_id: str | None = None, token: str = "") -> bytes:
    """The HTTP request that says `text`, in a new thread unless one is named.

    The user is believed who they are, or proves it by a token.
    """
    message = {
        "content": [{"type": "input_text", "text": text}],
        "attachments": [],
        "inference_options": {},
    }
    kind = "threads.add_user_message" if thread_id else "threads.create"
    params = {"input": message} | ({"thread_id": thread_id} if thread_id else {})
    body = json.dumps({"type": kind, "params": params})
    known_by = f"Authorization: Bearer {token}" if token else f"X-User-Id: {user}"
    return (
        "POST /chatkit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"{known_by}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class ClientOptions(NamedTuple):
    """How a client goes about its turns."""

    turns: int = 1
    pause: float = 0.0
    """Seconds between the end of one and the next."""
    late: float = 0.0
    """Seconds before the first."""
    pace: float | None = None
    """Seconds from word to word of the model: then it notes how far the text is behind."""


async def talk(port: int, request: bytes, manner: ClientOptions) -> list[Timing]:
    """One client: the same request again and again on one connection.

    Raises `TurnFailed`, and `TimeoutError` when an answer takes too long.
    """
    loop, pace = asyncio.get_running_loop(), manner.pace
    await asyncio.sleep(manner.late)
    reader = _Reader if pace is None else partial(_Behind, pace)
    _, protocol = await loop.create_connection(reader, "127.0.0.1", port)
    try:
        timings = []
        async with asyncio.timeout((_LONGEST + manner.pause) * manner.turns):
            for _ in range(manner.turns):
                timings.append(await protocol.turn(request))
                await asyncio.sleep(manner.pause)
        return timings
    finally:
        protocol.close()


class _Reader(asyncio.Protocol):
    """Looks for three marks in the bytes of an answer, and keeps only the end of them."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._timing = Timing()
        self._tail = b""
        self._began = 0.0
        self._ended: asyncio.Future[Timing] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def turn(self, request: bytes) -> "asyncio.Future[Timing]":
        """Ask, and see the answer's end."""
        assert self._transport is not None
        self._timing, self._tail = Timing(), b""
        self._ended = asyncio.get_running_loop().create_future()
        self._began = time.perf_counter()
        self._transport.write(request)
        return self._ended

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        now, timing, ended = time.perf_counter() - self._began, self._timing, self._ended
        self._look(data)
        if not timing.bytes and not data.startswith(_OK) and ended is not None:
            ended.set_exception(TurnFailed(data.decode(errors="replace")))
        timing.bytes += len(data)
        seen = self._tail + data
        if not timing.first_event and _EVENT in seen:
            timing.first_event = now
        if not timing.first_text and _TEXT in seen:
            timing.first_text = now
        if seen.endswith(_CLOSED) and ended is not None and not ended.done():
            timing.whole = now
            if timing.first_text:
                ended.set_result(timing)
            else:
                ended.set_exception(TurnFailed(seen.decode(errors="replace")[-500:]))
        self._tail = seen[-500:]

    def _look(self, data: bytes) -> None:
        """What else is to be noted of bytes that came."""

    def connection_lost(self, error: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(TurnFailed(f"connection lost: {error}"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class _Behind(_Reader):
    """Reads when the model began, and counts its words as they come."""

    def __init__(self, pace: float) -> None:
        super().__init__()
        self._pace = pace
        self._said_at = 0.0
        """When the model said the first word of the text."""
        self._words = 0
        self._rest = b""

    def _look(self, data: bytes) -> None:
        *frames, self._rest = (self._rest + data).split(b"\n\n")
        texts = b"".join(frame for frame in frames if _TEXT in frame)
        if not texts:
            return
        if began := BEGAN.search(texts):
            self._said_at, self._words = float(began[1]), 0
        due = self._said_at + self._words * self._pace
        self._words += texts.count(b" word")
        self._timing.behind.append(time.monotonic() - due)
