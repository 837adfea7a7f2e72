"""Joins the deltas of a model that come close together, before the client makes objects of them.

The `openai` client, the SDK's run loop and ChatKit's converter take some hundred microseconds for
each delta, and reading its JSON takes one or two; viewers get text in windows anyway. The first
piece of a text is never held back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
import orjson
from turnstream.contracts.turns import Json

WINDOW, LONGEST_WINDOW = 0.02, 0.1
"""Seconds for which pieces are joined: the first and the longest window. Each is twice the one
before. They are shorter than the windows in which viewers get text."""
_AHEAD = 2**20
"""Bytes that may wait here; then reading pauses until the client has taken them."""
_END = b"\n\n"
_TEXT = "response.output_text.delta"
_MARKS = (b'"response.output_text.delta"', b'"chat.completion.chunk"')


async def join_deltas(response: httpx2.Response) -> None:
    """Join the deltas of a response that is a stream of events. A response hook of `httpx2`."""
    headers = response.headers
    plain = headers.get("content-encoding", "identity") == "identity"
    if plain and headers.get("content-type", "").startswith("text/event-stream"):
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # of an asynchronous client
        response.stream = _JoinedStream(response.stream)


class _JoinedStream(httpx2.AsyncByteStream):
    """A stream in which neighbouring pieces of one text that came in one window are one event.

    A task of its own reads meanwhile; anything but text ends the window. A second iteration goes
    on where the first stopped: that is how the client drains what follows `[DONE]`.
    """

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream
        self._read = b""
        self._came = asyncio.Event()
        self._more_than_text = asyncio.Event()
        self._taken = asyncio.Event()
        self._window = WINDOW
        self._reading: asyncio.Task[None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_on())
        reading, rest = self._reading, b""
        while not reading.done() or self._read:
            await self._came.wait()
            text_only = not self._more_than_text.is_set()
            read = rest + self._take()
            if b"\r" in read:  # lines end with CR LF, which SSE allows: nothing is joined
                yield read
                rest = b""
                continue
            whole, end, rest = read.rpartition(_END)
            if end:
                yield _joined(whole.split(_END))
            if text_only:
                await self._gather()
        await reading
        if rest:
            yield rest

    async def aclose(self) -> None:
        """Stop reading, and close the stream underneath."""
        if self._reading is None:
            await self._stream.aclose()
            return
        self._reading.cancel()
        # The task closes the stream, so that whoever is cancelled twice here still closes it.
        await asyncio.wait({self._reading})

    async def _gather(self) -> None:
        """Wait for a window of text to pass, or for anything else to come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._window):
                await self._more_than_text.wait()
        self._window = min(self._window * 2, LONGEST_WINDOW)

    def _take(self) -> bytes:
        read, self._read = self._read, b""
        self._came.clear()
        self._more_than_text.clear()
        self._taken.set()
        return read

    async def _read_on(self) -> None:
        try:
            async for chunk in self._stream:
                self._read += chunk
                if chunk.count(b"data:") > sum(chunk.count(mark) for mark in _MARKS):
                    self._more_than_text.set()
                if not self._came.is_set():
                    self._came.set()
                    await asyncio.sleep(0)  # what comes first is passed on before more is read
                while len(self._read) > _AHEAD:
                    self._taken.clear()
                    await self._taken.wait()
        finally:
            self._more_than_text.set()
            asyncio.get_running_loop().call_soon(self._came.set)
            await self._stream.aclose()


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
            self._delta["choices"][0]["delta"]["content"] = text
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
    if document.get("type") == _TEXT:
        return isinstance(document.get("delta"), str) and not document.get("logprobs")
    choices = document.get("choices")
    told = document.get("usage") or document.get("error")
    if told or not isinstance(choices, list) or len(choices) != 1:
        return False
    choice = choices[0]
    said = choice.get("delta") if isinstance(choice, dict) else None
    if not isinstance(said, dict):
        return False
    others = {name for name, value in said.items() if value is not None and name != "role"}
    ends = choice.get("finish_reason") or choice.get("logprobs") or choice.get("error")
    return others == {"content"} and isinstance(said["content"], str) and not ends


def _text(document: Json) -> str:
    if "choices" in document:
        return str(document["choices"][0]["delta"]["content"])
    return str(document["delta"])


def _part_of(document: Json) -> tuple[object, ...]:
    if "choices" in document:
        return document.get("id"), document["choices"][0].get("index")
    return tuple(document.get(name) for name in ("item_id", "output_index", "content_index"))
