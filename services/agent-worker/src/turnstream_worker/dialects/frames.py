"""Server-sent events as model servers write them: the bytes of a stream, cut into frames.

It accepts three kinds of line ends, a byte order mark, comments, data in several lines, a last
frame without its blank line (Mistral's models behind vLLM, eclipse-theia/theia#16055), and a body
that is one JSON document although a stream was asked for (gateways that ignore `stream`).
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from turnstream_worker.dialects.characters import Characters
from turnstream_worker.dialects.errors import UnreadableAnswer

LONGEST_FRAME = 64 * 2**20
"""Bytes of one frame at most. The longest that servers send hold an image, some megabytes."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DONE = b"[done]"


class Frame(NamedTuple):
    """The name of an event, empty for most servers, and its data."""

    event: str
    data: bytes

    @property
    def ends(self) -> bool:
        """True for `[DONE]`, the last frame of an orderly stream."""
        return self.data[:6].lower() == _DONE


class Frames:
    """Cuts the bytes of one stream into frames. Feed every chunk, then call `finish`."""

    def __init__(self) -> None:
        self._read = bytearray()
        self._searched = 0
        self._return = b""
        self._first = True

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """The frames that this chunk completes. Raises `UnreadableAnswer` for an endless one."""
        if self._return or b"\r" in chunk:
            chunk = self._return + chunk
            self._return = b"\r" if chunk.endswith(b"\r") else b""
            chunk = chunk.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._read += chunk
        while (end := self._read.find(b"\n\n", self._searched)) >= 0:
            whole = bytes(self._read[:end])
            del self._read[: end + 2]
            self._searched = 0
            if frame := self._frame(whole):
                yield frame
        self._searched = max(len(self._read) - 1, 0)
        if self._searched > LONGEST_FRAME:
            raise UnreadableAnswer("The model's stream has an event of more than 64 MiB.")

    def finish(self) -> Iterator[Frame]:
        """The frame that the end of the stream completes."""
        if frame := self._frame(bytes(self._read)):
            yield frame

    def _frame(self, lines: bytes) -> Frame | None:
        if self._first:
            lines = lines.removeprefix(_BYTE_ORDER_MARK)
            self._first = False
        if lines.startswith(b"data: ") and b"\n" not in lines:  # nearly all of them
            found = lines[6:]
            return Frame("", found) if found and not found.isspace() else None
        return _parsed(lines)


def _parsed(lines: bytes) -> Frame | None:
    event, data = "", []
    for line in lines.split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif name == b"event":
            event = value.strip().decode("utf-8", "replace")
    if not data and lines.lstrip().startswith(b"{"):
        data = [lines]
    found = b"\n".join(data)
    return Frame(event, found) if found.strip() else None


class Documents:
    """Reads the data of the frames of one stream."""

    def __init__(self) -> None:
        self._characters = Characters()

    def read_named(self, frame: Frame) -> tuple[object, str]:
        """The document of a frame, and the name of its event.

        Some gateways put both into the data: `{"event": …, "data": {…}}`.
        """
        document = self.read(frame.data)
        if isinstance(document, dict) and document.keys() == {"event", "data"}:
            return document["data"], str(document["event"] or "")
        return document, frame.event

    def read(self, data: bytes) -> object:
        """The JSON document. Raises `UnreadableAnswer` for anything else.

        What strict readers refuse is read: `NaN`, bytes that are no UTF-8, and halves of characters
        beyond 16 bits, which tokenizers of byte pieces cut between two deltas.
        """
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            pass
        try:
            return self._characters.whole(json.loads(data.decode("utf-8", "replace")))
        except ValueError as error:
            excerpt = data[:200].decode("utf-8", "replace")
            raise UnreadableAnswer(
                f"The model's stream has an event that is no JSON: {excerpt}"
            ) from error
