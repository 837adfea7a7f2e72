"""What a probe found: one line of the report."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What a finding means for the deployment."""

    OK = "ok"
    WARNING = "warning"
    """It works, and will not always, or not for everybody."""
    FAILURE = "failure"
    """It does not work."""
    SKIPPED = "skipped"
    """It was not looked at. The message says why."""


@dataclass(frozen=True)
class Finding:
    """A sentence about one part, and what to do next where something is to be done."""

    status: Status
    message: str
    remedy: str = ""


def ok(message: str) -> Finding:
    """A part is as it should be."""
    return Finding(Status.OK, message)


def warning(message: str, remedy: str) -> Finding:
    """A part works, and will not always."""
    return Finding(Status.WARNING, message, remedy)


def failure(message: str, remedy: str) -> Finding:
    """A part does not work."""
    return Finding(Status.FAILURE, message, remedy)


def skipped(message: str) -> Finding:
    """A part was not looked at, and why."""
    return Finding(Status.SKIPPED, message)
