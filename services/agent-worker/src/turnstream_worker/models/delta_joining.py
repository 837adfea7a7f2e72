"""Joins the deltas of a model that come close together, before the client makes objects of them.

The `openai` client, the SDK's run loop and ChatKit's converter take some hundred microseconds for
each delta, and reading its JSON takes one or two; viewers get text in windows anyway. The first
piece of a text is never held back.
"""

import asyncio
from collections.abc import AsyncIterator
from random import random

import aiohttp
import httpx2
import orjson
from turnstream.contracts.turns import Json

from turnstream_worker.models.low_water_mark import LowWaterMark, polled

WINDOW, LONGEST_WINDOW = 0.02, 0.125
"""Seconds for which pieces are joined: the first and the longest window. Each is twice the one
before."""
_PHASE = random() * LONGEST_WINDOW
"""The longest windows of a process end together, so that what follows, above all the appends to
logs, is done for all answers at once; those of other processes end at other times."""
_LEAST = LONGEST_WINDOW / 4
"""No longest window is shorter: a timer may be a millisecond early, and what little came until the
common end would be an event of its own."""
LONGEST_OF_THOUGHTS = LONGEST_WINDOW / 2
"""Seconds of the longest window while a model thinks: the first text may come in the middle."""
_END = b"\n\n"
_TEXT = "response.output_text.delta"
_THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_SAID = ("content", "reasoning_content", "reasoning")
"""The fields of a Chat Completions delta that hold a piece of a text."""
_TEXT_MARK = f'"{_TEXT}"'.encode()
_RESPONSE_MARKS = (_TEXT_MARK, *(f'"{kind}"'.encode() for kind in _THOUGHTS))
_MARKS = (*_RESPONSE_MARKS, b'"chat.completion.chunk"')


async def join_deltas(response: httpx2.Response) -> None:
    """Join the deltas of a response that is a stream of events. A response hook of `httpx2`."""
    headers = response.headers
    plain = headers.get("content-encoding", "identity") == "identity"
    if plain and headers.get("content-type", "").startswith("text/event-stream"):
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # of an asynchronous client
        response.stream = _JoinedStream(response.stream)


class _JoinedStream(httpx2.AsyncByteStream):
    """A stream in which neighbouring pieces of one text that came in one window are one event.

    Nothing is read during a window: bytes wait in the socket and in the connection's buffer, whose
    limit stops the sender. The end of the body ends a window early. So an answer's end, and the
    tool calls after it, do not wait, unless the end is short enough to stay in the socket. A stream
    of another client has no such buffer and no windows: what came in one piece is joined.
    """

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        answer = answer_of(stream)
        self._stream = stream
        self._buffer = answer.content if answer is not None else None
        self._mark = LowWaterMark(answer)
        self._rest = b""
        self._window = WINDOW
        self._whole = self._buffer is None
        """True where nothing more is to be waited for."""
        self._waiting: asyncio.Future[None] | None = None
        if self._buffer is not None:
            self._buffer.on_eof(self._ended)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            read = self._rest + piece + self._more()
            if b"\r" in read:  # lines end with CR LF, which SSE allows: nothing is joined
                self._rest = b""
                yield read
                continue
            whole, end, self._rest = read.rpartition(_END)
            if end:
                yield _joined(whole.split(_END))
            if not self._whole and _is_text_only(read):
                await self._pause(read)
        if self._rest:
            rest, self._rest = self._rest, b""
            yield rest

    async def aclose(self) -> None:
        """Close the stream underneath, also where the task that closes it is cancelled
        meanwhile.
        """
        await asyncio.shield(asyncio.ensure_future(self._stream.aclose()))

    def _more(self) -> bytes:
        """What has come besides the piece that was read."""
        if self._buffer is None or self._buffer.exception() is not None:
            return b""
        return self._buffer.read_nowait()

    async def _pause(self, read: bytes) -> None:
        """Let a window of text pass after what was read, or the body come to its end."""
        loop = asyncio.get_running_loop()
        of_responses = any(mark in read for mark in _RESPONSE_MARKS)
        thinks = of_responses and _TEXT_MARK not in read
        window = min(self._window, LONGEST_OF_THOUGHTS) if thinks else self._window
        due = end_of_window(loop.time(), window)
        self._window = min(self._window * 2, LONGEST_WINDOW)
        self._waiting = loop.create_future()
        timer = loop.call_at(due, _wake, self._waiting)
        if of_responses:  # the end of a Chat Completions stream is too short to pass the mark
            self._mark.lift()
        try:
            await self._waiting
        finally:
            timer.cancel()
            was_lifted = self._mark.is_lifted
            self._mark.lower()
        if was_lifted:
            await polled()

    def _ended(self) -> None:
        self._whole = True
        self._mark.lower()  # before the next request gets the connection
        if self._waiting is not None:
            _wake(self._waiting)


def end_of_window(now: float, window: float) -> float:
    """When a window ends that begins now, in seconds of the event loop's clock."""
    end = now + window
    if window < LONGEST_WINDOW:
        return end
    end -= (end - _PHASE) % LONGEST_WINDOW
    return end if end - now >= _LEAST else end + LONGEST_WINDOW


def answer_of(stream: httpx2.AsyncByteStream) -> aiohttp.ClientResponse | None:
    """The answer whose body it is, and whose buffer keeps what has come and is not read yet; None
    for another client's stream.
    """
    of_transport = getattr(stream, "_stream", stream)
    answer = getattr(of_transport, "_aiohttp_response", None)
    return answer if isinstance(answer, aiohttp.ClientResponse) else None


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _is_text_only(read: bytes) -> bool:
    return read.count(b"data:") <= sum(read.count(mark) for mark in _MARKS)


def _joined(frames: list[bytes]) -> bytes:
    """The frames with runs of deltas joined; every other frame byte for byte."""
    if len(frames) == 1:
        return frames[0] + _END
    pieces: list[bytes] = []
    run: _TextRun | None = None
    for frame in frames:
        delta = _delta(frame)
        if run is not None and delta is not None and run.joins(delta):
            continue
        if run is not None:
            pieces.append(run.frame())
        run = _TextRun(frame, delta) if delta is not None else None
        if delta is None:
            pieces.append(frame)
    if run is not None:
        pieces.append(run.frame())
    return _END.join(pieces) + _END


class _TextRun:
    """Deltas that hold nothing but more of the same text; the first stands for all."""

    def __init__(self, frame: bytes, delta: Json) -> None:
        self._frame = frame
        self._delta = delta
        self._texts = [_text(delta)]
        self._part = _part_of(delta)

    def joins(self, delta: Json) -> bool:
        """Join a delta, if it is of the same text."""
        if _part_of(delta) != self._part:
            return False
        self._texts.append(_text(delta))
        return True

    def frame(self) -> bytes:
        """The one frame."""
        if len(self._texts) == 1:
            return self._frame
        text = "".join(self._texts)
        if "choices" in self._delta:
            delta = self._delta["choices"][0]["delta"]
            delta[_text_field(delta)] = text
        else:
            self._delta["delta"] = text
        head = self._frame.partition(b"data:")[0]
        return head + b"data: " + orjson.dumps(self._delta)


def _delta(frame: bytes) -> Json | None:
    """The document of a frame that is a piece of text and nothing else."""
    if not any(mark in frame for mark in _MARKS):
        return None
    head, _, data = frame.partition(b"data:")
    if b"\n" in data or (head and not head.startswith(b"event:")):
        return None
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None  # the client says what is wrong with it
    return document if isinstance(document, dict) and _is_text(document) else None


def _is_text(document: Json) -> bool:
    if document.get("type") == _TEXT or document.get("type") in _THOUGHTS:
        return isinstance(document.get("delta"), str) and not document.get("logprobs")
    choices = document.get("choices")
    more = document.get("usage") or document.get("error")
    if more or not isinstance(choices, list) or len(choices) != 1:
        return False
    choice = choices[0]
    delta = choice.get("delta") if isinstance(choice, dict) else None
    if not isinstance(delta, dict):
        return False
    ends = choice.get("finish_reason") or choice.get("logprobs") or choice.get("error")
    field = _text_field(delta)
    return bool(field) and isinstance(delta[field], str) and not ends


def _text_field(delta: Json) -> str:
    """The one field of a delta that says something; empty where there are others, or none."""
    others = [name for name, value in delta.items() if value is not None and name != "role"]
    return others[0] if len(others) == 1 and others[0] in _SAID else ""


def _text(document: Json) -> str:
    if "choices" in document:
        delta = document["choices"][0]["delta"]
        return str(delta[_text_field(delta)])
    return str(document["delta"])


def _part_of(document: Json) -> tuple[object, ...]:
    if "choices" in document:
        choice = document["choices"][0]
        return document.get("id"), choice.get("index"), _text_field(choice["delta"])
    names = ("type", "item_id", "output_index", "content_index", "summary_index")
    return tuple(document.get(name) for name in names)
