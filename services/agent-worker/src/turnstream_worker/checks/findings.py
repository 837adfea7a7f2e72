"""One thing that will not work in an app as its author meant, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """How bad it is."""

    REFUSED = "refused"
    """It can never work. A worker does not start with it."""
    WARNING = "warning"
    """It goes wrong under load, with two workers, or after a crash. A worker logs it."""
    NOTE = "note"
    """It works, and differs from the stock server. Only `turnstream check` says it."""


@dataclass(frozen=True)
class Location:
    """A line of an app."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Finding:
    """What was found, where, and the remedy."""

    code: str
    severity: Severity
    message: str
    remedy: str
    location: Location | None = None

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        return f"{where}{self.severity}: {self.message} {self.remedy} [{self.code}]"

    def as_json(self) -> dict[str, object]:
        """The finding as JSON for another program."""
        location = self.location
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "remedy": self.remedy,
            "file": str(location.file) if location else None,
            "line": location.line if location else None,
        }


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The most severe first, then by file and line; each once."""
    order = list(Severity)
    return sorted(
        dict.fromkeys(findings), key=lambda each: (order.index(each.severity), _file_and_line(each))
    )


def _file_and_line(finding: Finding) -> tuple[str, int]:
    location = finding.location
    return (str(location.file), location.line) if location else ("", 0)
