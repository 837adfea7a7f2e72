"""The report of an examination: lines for a person, or JSON for a program."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from turnstream.cli.printing import printable
from turnstream.doctor.examination import ProbeResult
from turnstream.doctor.findings import Finding, Status

_COLOURS = {
    Status.OK: "32",
    Status.WARNING: "33",
    Status.FAILURE: "31",
    Status.SKIPPED: "2",
}
"""The colours as terminals number them: green, yellow, red, faint."""
_STATUS, _PROBE = 9, 11
"""Widths of the first two columns."""


def exit_code(examined: Iterable[ProbeResult], *, strict: bool) -> int:
    """1 if something failed, or with `strict` if there was a warning; else 0."""
    bad = {Status.FAILURE, *([Status.WARNING] if strict else [])}
    return int(any(found.status in bad for each in examined for found in each.findings))


def lines(examined: Sequence[ProbeResult], *, coloured: bool = False) -> Iterator[str]:
    """A line for each finding, below it what to do next, and the counts at the end."""
    for each in examined:
        for found in each.findings:
            yield from _lines(each.probe, found, coloured=coloured)
    counts = Counter(found.status for each in examined for found in each.findings)
    yield ""
    yield ", ".join(_counted(status, counts[status]) for status in Status if counts[status])


def as_json(examined: Iterable[ProbeResult]) -> str:
    """A list with an object for each finding."""
    findings = [
        {
            "probe": each.probe,
            "verdict": found.status.value,
            "message": found.message,
            "remedy": found.remedy,
            "seconds": round(each.seconds, 3),
        }
        for each in examined
        for found in each.findings
    ]
    return json.dumps(findings, indent=2, ensure_ascii=False)


def wants_colours(*, terminal: bool) -> bool:
    """True on a terminal, unless its user asked for none (https://no-color.org)."""
    return terminal and not os.environ.get("NO_COLOR")


def _counted(status: Status, count: int) -> str:
    plural = "s" if count > 1 and status in (Status.WARNING, Status.FAILURE) else ""
    return f"{count} {status}{plural}"


def _lines(probe: str, found: Finding, *, coloured: bool) -> Iterator[str]:
    status = f"{found.status:<{_STATUS}}"
    if coloured:
        status = f"\x1b[{_COLOURS[found.status]}m{status}\x1b[0m"
    yield f"{status}{probe:<{_PROBE}}{printable(found.message)}"
    if found.remedy:
        yield f"{'':<{_STATUS + _PROBE}}→ {printable(found.remedy)}"
