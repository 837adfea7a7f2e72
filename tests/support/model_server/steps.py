"""What a scripted model answers: parts that add up to a step.

    reasoning("First ", "think.") + tool_call("weather", {"city": "Oslo"}) + tool_call("news", {})
    text("Hel", Hold("half"), "lo", delay=0.01) + Cut()
    text("a", "b", "c").cut_after(2)

A control (`Pause`, `Hold`, `Hang`, `Cut`, `Fail`) may stand between parts or among the chunks of
a text. Steps are immutable, so one step can answer any number of requests.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Finish = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True)
class Control:
    """Not content, but how the content is written; adds up with steps and other controls."""

    def __add__(self, other: "Step | Control") -> "Step":
        return Step((self,)) + other


@dataclass(frozen=True)
class Pause(Control):
    """Write nothing for some seconds, as a slow model does."""

    seconds: float


@dataclass(frozen=True)
class Hold(Control):
    """Write nothing until the test opens the gate; an opened gate stays open."""

    gate: str


@dataclass(frozen=True)
class Hang(Control):
    """Write nothing more and keep the connection until the client goes."""


@dataclass(frozen=True)
class Cut(Control):
    """End the answer here, without its terminal event.

    `clean` ends the HTTP body properly, as a proxy that gives up does; otherwise the socket is
    torn down in the middle of the body.
    """

    clean: bool = False


@dataclass(frozen=True)
class Fail(Control):
    """Report an error inside the stream, which is its terminal event."""

    code: str
    message: str


Chunk = str | Control


@dataclass(frozen=True)
class Citation:
    """A `url_citation` on the characters from `start` to `end` of a text."""

    url: str
    title: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Text:
    chunks: tuple[Chunk, ...]
    delay: float = 0.0
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Refusal:
    chunks: tuple[Chunk, ...]
    delay: float = 0.0


@dataclass(frozen=True)
class Reasoning:
    chunks: tuple[Chunk, ...]
    delay: float = 0.0


@dataclass(frozen=True)
class ToolCall:
    """A function call; without a `call_id` it gets a new one in each answer, as real models do."""

    name: str
    arguments: str
    call_id: str | None = None


Part = Text | Refusal | Reasoning | ToolCall | Control


@dataclass(frozen=True)
class Failure:
    """An HTTP error instead of an answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    message: str = "scripted failure"


@dataclass(frozen=True)
class Step:
    """One whole answer of the model."""

    parts: tuple[Part, ...] = ()
    finish: Finish = "stop"
    failure: Failure | None = None
    deltas_until_cut: int | None = None
    clean_cut: bool = False

    def __add__(self, other: "Step | Control") -> "Step":
        """This step's parts, then the other's, in one answer; the other decides how it ends."""
        after = other if isinstance(other, Step) else replace(self, parts=(other,))
        if self.failure or after.failure:
            raise ValueError("an HTTP failure is a whole answer, it has no parts to add")
        if self.deltas_until_cut is not None:
            raise ValueError("add the parts first, then cut")
        return replace(after, parts=self.parts + after.parts)

    def cut_after(self, deltas: int, clean: bool = False) -> "Step":
        """The same answer, whose stream ends after so many deltas of any part."""
        return replace(self, deltas_until_cut=deltas, clean_cut=clean)

    def finishing(self, finish: Finish) -> "Step":
        """The same parts with another reason to stop: `length` or `content_filter`."""
        return replace(self, finish=finish)


def text(*chunks: Chunk, delay: float = 0.0, citations: tuple[Citation, ...] = ()) -> Step:
    """A message of the model, one delta per string, with `delay` seconds before each."""
    return Step((Text(chunks, delay, citations),))


def refusal(*chunks: Chunk, delay: float = 0.0) -> Step:
    return Step((Refusal(chunks, delay),))


def reasoning(*chunks: Chunk, delay: float = 0.0) -> Step:
    """A summary of what the model thought, one delta per string."""
    return Step((Reasoning(chunks, delay),))


def tool_call(
    name: str, arguments: Mapping[str, Any] | str = "{}", call_id: str | None = None
) -> Step:
    """One function call; add several for parallel calls. Arguments given as text go out as such."""
    raw = arguments if isinstance(arguments, str) else json.dumps(dict(arguments))
    return Step((ToolCall(name, raw, call_id),))


def status(
    code: int,
    headers: Mapping[str, str] | None = None,
    *,
    error: str | None = None,
    message: str = "scripted failure",
) -> Step:
    """Answer with an HTTP error; `error` is the `code` in OpenAI's error body."""
    return Step(failure=Failure(code, headers or {}, error, message))
