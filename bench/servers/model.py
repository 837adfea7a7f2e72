"""A scripted model behind HTTP that costs next to nothing: `python -m bench.servers.model`.

It speaks the streaming format of the Responses API and does what it is told: `count to 300, one
every 10 ms`, `after 50 thoughts`, `with a call` of a tool in the middle. The bytes of an answer are
made once; after that only its ids are new each time, as a real model's are, and when its text
begins. Its processor time counts for neither side of the bench.
"""

import asyncio
import json
import os
import re
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple, cast

import uvloop

from tests.support.model_server import ModelRequest, reasoning, text, tool_call
from tests.support.model_server.frame import Frame
from tests.support.model_server.responses import ResponsesAnswer

_COUNT = re.compile(
    rb"count to (\d+)(?:, one every (\d+) ms)?(?:, after (\d+) thoughts)?(, with a call)?"
)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ID = re.compile(rb'"((?:resp|msg|rs|fc|call)_[0-9a-f]{32})"')
_STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_READY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_UNKNOWN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_WORD = " word"
_NEVER = "at 000000000.000000"
BEGAN = re.compile(rb"at (\d{9}\.\d{6})")
"""In front of the first word: when the model said it, by the monotonic clock of the machine."""
_CALL = {"city": "Oslo"}


class UserRequest(NamedTuple):
    """What a user asks for; as text, that is what they say."""

    words: int
    pace_ms: int = 0
    """Milliseconds from one word, or thought, to the next."""
    thoughts: int = 0
    """Before the first word."""
    call: bool = False
    """Whether the app's tool is called when half of the words are said."""

    def __str__(self) -> str:
        pace = f", one every {self.pace_ms} ms" if self.pace_ms else ""
        thoughts = f", after {self.thoughts} thoughts" if self.thoughts else ""
        return f"count to {self.words}{pace}{thoughts}{', with a call' if self.call else ''}"


def count_prompt(words: int, pace_ms: int = 0) -> str:
    """What a user says to get so many words, so many milliseconds apart."""
    return str(UserRequest(words, pace_ms))


@dataclass(frozen=True)
class Answer:
    """The bytes of one answer, an HTTP chunk per event: before, during and after the text."""

    head: bytes
    deltas: tuple[bytes, ...]
    tail: bytes
    thoughts: int = 0
    """How many of the deltas are thoughts, which come first."""

    def renewed(self, pace: float) -> "Answer":
        """The same answer, which begins now, under ids that no answer had before."""
        head, deltas, tail = self.head, b"\0".join(self.deltas), self.tail
        began = f"at {time.monotonic() + self.thoughts * pace:016.6f}".encode()
        deltas, tail = (part.replace(_NEVER.encode(), began) for part in (deltas, tail))
        for old in {*_ID.findall(head), *_ID.findall(deltas), *_ID.findall(tail)}:
            new = old[:-32] + os.urandom(16).hex().encode()
            head, deltas, tail = (part.replace(old, new) for part in (head, deltas, tail))
        return replace(self, head=head, deltas=tuple(deltas.split(b"\0")), tail=tail)


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
            words, pace, thoughts, call = _COUNT.findall(body)[-1]
            asked = UserRequest(int(words), int(pace or 0), int(thoughts or 0), bool(call))
            seconds = asked.pace_ms / 1000
            self._speak(_answer_to(body, asked).renewed(seconds), seconds)
        else:
            self._transport.write(_UNKNOWN)

    def _speak(self, answer: Answer, pace: float) -> None:
        if not pace:
            whole = (_STREAM, answer.head, *answer.deltas, answer.tail)
            self._transport.write(b"".join(whole))
            return
        self._transport.write(_STREAM + answer.head + answer.deltas[0])
        self._wait(answer, pace, 1, self._loop.time())

    def _wait(self, answer: Answer, pace: float, sent: int, began: float) -> None:
        """Say the next words when they are due by the clock, so that delays don't add up."""

        def say() -> None:
            due = min(len(answer.deltas), 1 + int((self._loop.time() - began) / pace))
            self._transport.write(b"".join(answer.deltas[sent:due]))
            if due < len(answer.deltas):
                self._wait(answer, pace, due, began)
            else:
                self._transport.write(answer.tail)

        self._next_word = self._loop.call_at(began + sent * pace, say)


def _answer_to(body: bytes, asked: UserRequest) -> Answer:
    """The answer that repeats what the request said of its agent, as the real API does.

    An answer with a call is two: one that ends with the call, one that goes on when the newest item
    is its result.
    """
    request = json.loads(body)
    agent = json.dumps([request.get(key) for key in ("model", "instructions", "tools")])
    if not asked.call:
        return _scripted(asked, agent)
    half = asked._replace(words=asked.words // 2)
    called = request["input"][-1].get("type") == "function_call_output"
    return _scripted(half._replace(call=False, thoughts=0) if called else half, agent)


@cache
def _scripted(asked: UserRequest, agent: str) -> Answer:
    model, instructions, tools = json.loads(agent)
    body = {"model": model, "instructions": instructions, "tools": tools, "stream": True}
    request = ModelRequest("responses", body, {})
    step = text(_NEVER + _WORD, *[_WORD] * (asked.words - 1))
    if asked.thoughts:
        step = reasoning(*[_WORD] * asked.thoughts) + step
    if asked.call:
        step += tool_call("get_weather", _CALL)
    head, waiting = b"", b""
    deltas: list[bytes] = []
    for frame in ResponsesAnswer(step, request).frames():
        assert isinstance(frame, Frame)
        waiting += b"%x\r\n%b\r\n" % (len(frame.data), frame.data)
        if frame.delta and len(deltas) < asked.thoughts + asked.words:
            deltas.append(waiting)  # with what stands between thoughts and text
            waiting = b""
        elif not deltas:
            head, waiting = head + waiting, b""
    return Answer(head, tuple(deltas), waiting + _LAST_CHUNK, asked.thoughts)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(uvloop.run(_serve(int(os.environ["PORT"]))))
