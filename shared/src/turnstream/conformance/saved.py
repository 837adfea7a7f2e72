"""The oracle for a saved stream: SSE as it came over the wire, or an event in each line."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from turnstream.conformance.grammar import Transcript, rules
from turnstream.conformance.rules import Violation
from turnstream.conformance.sse import Comment, SSEParser


class StreamReport(NamedTuple):
    """What the oracle says of a saved stream."""

    events: int
    violations: list[Violation]


def judge(saved: bytes) -> StreamReport:
    """Judge a saved stream. Its first character says what it is: `{` begins lines of JSON."""
    transcript, events = Transcript(), 0
    is_json = saved.lstrip()[:1] == b"{"
    for line, text in _json_lines(saved) if is_json else _frames(saved):
        transcript.line = line
        if text is None:
            transcript.close()
            continue
        events += 1
        try:
            event = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            transcript.report(rules.EVENT_SHAPE, f"no JSON: {error}")
            continue
        transcript.apply(event)
    transcript.line = None
    transcript.end()
    return StreamReport(events, transcript.violations)


def _json_lines(saved: bytes) -> Iterator[tuple[int, str | None]]:
    for number, line in enumerate(saved.split(b"\n"), 1):
        if line.strip():
            yield number, line.decode(errors="replace")


def _frames(saved: bytes) -> Iterator[tuple[int, str | None]]:
    """The events of a stream; None is the end of its turn, which Turnstream tells."""
    for part in SSEParser().feed(saved + b"\n\n"):
        if isinstance(part, Comment):
            if part.text.startswith("end "):
                yield part.line, None
        elif part.event == "end":
            yield part.line, None
        elif part.event == "message":
            yield part.line, part.data
