"""A scripted model behind HTTP that costs next to nothing: `python -m bench.model_server`.

It speaks the streaming format of the Responses API and does what it is told: `count to 300, one
every 10 ms`. The bytes of an answer are made once; after that only its ids are new each time, as a
real model's are. Its processor time counts for neither side of the bench.
"""

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import cast

import uvloop

from tests.support.model_server import ModelRequest, text
from tests.support.model_server.frame import Frame
from tests.support.model_server.responses_wire import ResponsesAnswer

_TOLD = re.compile(rb"count to (\d+)(?:, one every (\d+) ms)?")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ID = re.compile(rb'"((?:resp|msg)_[0-9a-f]{32})"')
_STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_READY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_UNKNOWN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_WORD = " word"


def told(words: int, pace_ms: int = 0) -> str:
    """What a user says to get so many words, so many milliseconds apart."""
    return f"count to {words}" + (f", one every {pace_ms} ms" if pace_ms else "")


@dataclass(frozen=True)
class Answer:
    """The bytes of one answer, an HTTP chunk per event: before, during and after the text."""

    head: bytes
    deltas: tuple[bytes, ...]
    tail: bytes

    def renewed(self) -> "Answer":
        """The same answer under ids that no answer had before."""
        head, deltas, tail = self.head, b"\0".join(self.deltas), self.tail
        for old in set(_ID.findall(head)):
            new = old[:-32] + os.urandom(16).hex().encode()
            head, deltas, tail = (part.replace(old, new) for part in (head, deltas, tail))
        return Answer(head, tuple(deltas.split(b"\0")), tail)


class Connection(asyncio.Protocol):
    """Answers the requests of one connection, one after another."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._next_word: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def connection_lost(self, error: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        if self._next_word is not None:
            self._next_word.cancel()

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            self._received = b""
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET /ready "):
            self._transport.write(_READY)
        elif head.startswith(b"POST /v1/responses "):
            words, pace = _TOLD.findall(body)[-1]
            self._speak(_answer_to(body, int(words)).renewed(), int(pace or 0) / 1000)
        else:
            self._transport.write(_UNKNOWN)

    def _speak(self, answer: Answer, pace: float) -> None:
        if not pace:
            whole = (_STREAM, answer.head, *answer.deltas, answer.tail)
            self._transport.write(b"".join(whole))
            return
        self._transport.write(_STREAM + answer.head + answer.deltas[0])
        self._wait(answer, pace, 1, self._loop.time())

    def _wait(self, answer: Answer, pace: float, said: int, began: float) -> None:
        """Say the next words when they are due by the clock, so that delays don't add up."""

        def say() -> None:
            due = min(len(answer.deltas), 1 + int((self._loop.time() - began) / pace))
            self._transport.write(b"".join(answer.deltas[said:due]))
            if due < len(answer.deltas):
                self._wait(answer, pace, due, began)
            else:
                self._transport.write(answer.tail)

        self._next_word = self._loop.call_at(began + said * pace, say)


def _answer_to(body: bytes, words: int) -> Answer:
    """The answer that repeats what the request said of its agent, as the real API does."""
    request = json.loads(body)
    agent = json.dumps([request.get(key) for key in ("model", "instructions", "tools")])
    return _scripted(words, agent)


@cache
def _scripted(words: int, agent: str) -> Answer:
    model, instructions, tools = json.loads(agent)
    body = {"model": model, "instructions": instructions, "tools": tools, "stream": True}
    request = ModelRequest("responses", body, {})
    frames = ResponsesAnswer(text(*[_WORD] * words), request).frames()
    parts: tuple[list[bytes], list[bytes], list[bytes]] = ([], [], [])
    for frame in frames:
        assert isinstance(frame, Frame)
        part = 1 if frame.delta else 2 if parts[1] else 0
        parts[part].append(b"%x\r\n%b\r\n" % (len(frame.data), frame.data))
    head, deltas, tail = parts
    return Answer(b"".join(head), tuple(deltas), b"".join(tail) + _LAST_CHUNK)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(uvloop.run(_serve(int(os.environ["PORT"]))))
