"""What a server answered, as far as it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import orjson

from turnstream.conformance.sse import Comment, ServerEvent, SSEParser
from turnstream.contracts.turns import Json


@dataclass
class Answer:
    """One response, with its times in seconds since the request."""

    asked: str
    """The type of the request."""
    status: int
    headers: Mapping[str, str]
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    """What came, and when."""
    cut: str = ""
    """Why the body broke off before its end; empty when it did not."""
    closed_at: float = 0.0

    @property
    def body(self) -> bytes:
        """All that came."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def is_stream(self) -> bool:
        """True for the streams of events that messages are answered with."""
        kind = self.headers.get("Content-Type", "")
        return self.status == 200 and kind.split(";")[0].strip().lower() == "text/event-stream"

    @property
    def is_refusal(self) -> bool:
        """True for a status that says that the request was wrong, or that nobody offers this."""
        return 400 <= self.status < 500 or self.status == 501

    @property
    def turn_id(self) -> str | None:
        """The turn, where the server names it."""
        return self.headers.get("Turn-Id")

    @property
    def json(self) -> object:
        """The document; None for anything else."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def document(self) -> Json:
        """The JSON object; empty for anything else."""
        return self.json if isinstance(self.json, dict) else {}

    @cached_property
    def frames(self) -> Sequence[ServerEvent | Comment]:
        """The frames of a stream. Read it when the answer is complete."""
        return SSEParser().feed(self.body)

    @property
    def data(self) -> list[ServerEvent]:
        """The frames that hold ChatKit events: those without a name."""
        events = (each for each in self.frames if isinstance(each, ServerEvent))
        return [each for each in events if each.event == "message"]

    @property
    def events(self) -> list[Json]:
        """The ChatKit events, as far as they are JSON objects."""
        found = [_object(event.data) for event in self.data]
        return [event for event in found if event is not None]

    @property
    def end(self) -> str | None:
        """The status with which Turnstream says that the turn is over."""
        for frame in self.frames:
            if isinstance(frame, Comment) and frame.text.startswith("end "):
                return frame.text.removeprefix("end ")
            if isinstance(frame, ServerEvent) and frame.event == "end":
                return str((_object(frame.data) or {}).get("status"))
        return None

    def of_type(self, kind: str) -> list[Json]:
        """The events of a type."""
        return [event for event in self.events if event.get("type") == kind]

    @property
    def items(self) -> list[Json]:
        """The items that are done, in order."""
        done = self.of_type("thread.item.done")
        return [each["item"] for each in done if isinstance(each.get("item"), dict)]

    @property
    def first_event(self) -> float | None:
        """Seconds until the first event of the answer itself, after the opening."""
        seen = b""
        for at, piece in self.pieces:
            seen += piece
            if b"assistant_message" in seen or b"progress_update" in seen or b"widget" in seen:
                return at
        return None

    @property
    def longest_silence(self) -> float:
        """Seconds in which nothing came."""
        moments = [0.0, *(at for at, _ in self.pieces), self.closed_at]
        return max(later - earlier for earlier, later in pairwise(moments))

    def __str__(self) -> str:
        body = self.body[:160].decode(errors="replace").replace("\n", " ")
        cut = f", cut off: {self.cut}" if self.cut else ""
        return f"{self.asked} → {self.status}{cut} {body}".rstrip()


def _object(text: str) -> Json | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
