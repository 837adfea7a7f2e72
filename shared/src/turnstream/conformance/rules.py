"""A rule that a ChatKit server keeps or breaks, and how a breach is told."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much depends on a rule."""

    MUST = "MUST"
    """A page shows something wrong, or loses something, where it is broken."""
    SHOULD = "SHOULD"
    """There may be a reason to break it, which the server's owner knows."""


@dataclass(frozen=True)
class Rule:
    """A promise of the protocol, or of any server that people can rely on."""

    id: str
    """Names it for good: scripts and lists of known failures use it."""
    level: Level
    sentence: str
    source: str
    """Where the rule comes from: a link."""


@dataclass(frozen=True)
class Violation:
    """A rule was broken here."""

    rule: Rule
    detail: str
    line: int | None = None
    """The line in a saved stream, counted from 1."""

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.detail}"


_SDK = "https://github.com/openai/chatkit-python/blob/main/chatkit"
TYPES = f"{_SDK}/types.py"
"""What requests, events and items look like."""
SERVER = f"{_SDK}/server.py"
"""What the stock server does, in which order."""
STORE = f"{_SDK}/store.py"
SSE = "https://html.spec.whatwg.org/multipage/server-sent-events.html"
HTTP = "https://www.rfc-editor.org/rfc/rfc9110"
TURNSTREAM = "docs/guides/wire.md"
"""What Turnstream promises beyond the protocol."""


def issue(name: str) -> str:
    """The thread in which users met the fault: `issue("chatkit-js#140")`."""
    repository, _, number = name.partition("#")
    return f"https://github.com/openai/{repository}/issues/{number}"
