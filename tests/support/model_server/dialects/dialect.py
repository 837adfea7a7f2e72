"""A dialect: one way in which a model server in the world deviates, and what must come of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..frame import Frame
from ..request import ModelApi, ModelRequest
from ..steps import Control
from .stream import Change, Encode, Event, Json, Part, as_sse, encoded, parsed

PREFACE = "Let me look."
"""What the model says before it calls the tool."""
ANSWER = "It is 12 °C in Oslo today."
"""What it says once the tool has answered."""
SECOND_ANSWER = "Still 12 °C."
"""What it answers to the second message."""


@dataclass(frozen=True)
class Right:
    """The turns complete, and the assistant's messages are these, in this order."""

    texts: tuple[str, ...] = (PREFACE, ANSWER)
    """Of the first turn."""
    second: str = SECOND_ANSWER
    """Of the second turn."""
    cities: tuple[str, ...] = ("Oslo",)
    """What the tool is asked for."""
    tries: int = 1
    """Attempts that a turn takes when nothing is killed."""


@dataclass(frozen=True)
class Fails:
    """The turn ends in an error of this code, and the thread is usable."""

    code: str
    tries: int = 1


Outcome = Right | Fails
RIGHT = Right()


@dataclass(frozen=True)
class HttpAnswer:
    """An answer that is no stream of events: a status, headers and a body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


Refuse = Callable[[ModelRequest], HttpAnswer | None]
"""The answer to a request that is refused; None for one that is answered."""


def _unchanged(parts: list[Part]) -> list[Part]:
    return parts


def _answered(_: ModelRequest) -> HttpAnswer | None:
    return None


@dataclass(frozen=True)
class Dialect:
    """One deviation from what OpenAI sends.

    `source` is a public page that shows it, or the software that does it.
    """

    name: str
    says: str
    """The deviation in one sentence."""
    source: str
    change: Change = _unchanged
    encode: Encode = as_sse
    refuse: Refuse = _answered
    edit_whole: Callable[[Json], object] | None = None
    """Set for a dialect of answers that are not streamed: edits one, in place."""
    content_type: str = "text/event-stream"
    once: bool = False
    """True: only the very first answer deviates."""
    outcome: Outcome = RIGHT

    def speaks_to(self, request: ModelRequest) -> bool:
        """Whether the answer to a request deviates."""
        return not self.once or request.number == 1

    def spoken(self, frames: Iterable[Frame | Control]) -> Iterator[Frame | Control]:
        """An answer as a server of this dialect sends it."""
        return encoded(self.change(parsed(frames)), self.encode)

    def whole(self, frames: Iterable[Frame | Control], answer: Json) -> Json:
        """An answer that is not streamed: over the Responses API, what the last event holds."""
        if self.edit_whole is not None:
            self.edit_whole(answer)
            return answer
        changed = self.change(parsed(frames))
        responses = [
            part.document["response"]
            for part in changed
            if isinstance(part, Event) and "response" in part.document
        ]
        return responses[-1] if responses else answer


Dialects = Mapping[ModelApi, tuple[Dialect, ...]]
