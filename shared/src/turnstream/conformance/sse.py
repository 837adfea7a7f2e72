"""Parsing server-sent events from bytes that may be split anywhere."""

import re
from dataclasses import dataclass, field

LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class ServerEvent:
    """A dispatched event; `id` is its own, or None if it brought none."""

    data: str
    event: str = "message"
    id: str | None = None
    line: int = field(default=0, compare=False)
    """Where its data begins, counted from 1."""


@dataclass(frozen=True)
class Comment:
    """A line that starts with a colon, without the colon and one leading space."""

    text: str
    line: int = field(default=0, compare=False)


class SSEParser:
    """Follows the WHATWG rules: lines end with LF, CRLF or CR; a blank line completes an event."""

    def __init__(self) -> None:
        self._buffer = b""
        self._first = True
        self._after_cr = False
        self._data: list[str] = []
        self._event = ""
        self._id: str | None = None
        self._line = self._data_line = 0

    def feed(self, received: bytes) -> list[ServerEvent | Comment]:
        """Take the next bytes and return what they completed, in order."""
        done: list[ServerEvent | Comment] = []
        for line in self._lines(received):
            self._line += 1
            if line.startswith(":"):
                done.append(Comment(line[1:].removeprefix(" "), self._line))
            elif line:
                self._field(line)
            else:
                done.extend(self._dispatch())
        return done

    def _lines(self, received: bytes) -> list[str]:
        if self._after_cr and received:
            received = received.removeprefix(b"\n")
            self._after_cr = False
        self._buffer += received
        *whole, self._buffer = LINE_END.split(self._buffer)
        if whole and not self._buffer and received.endswith(b"\r"):
            self._after_cr = True
        lines = [line.decode("utf-8") for line in whole]
        if lines and self._first:
            self._first = False
            lines[0] = lines[0].removeprefix("\ufeff")
        return lines

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data_line = self._line if not self._data else self._data_line
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value

    def _dispatch(self) -> list[ServerEvent]:
        ready = ServerEvent(
            "\n".join(self._data), self._event or "message", self._id, self._data_line
        )
        has_data = bool(self._data)
        self._data, self._event, self._id = [], "", None
        return [ready] if has_data else []
