"""The report of an examination: lines for a person, or JSON for a program."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from turnstream.cli.printing import printable
from turnstream.doctor.examination import Examined
from turnstream.doctor.findings import Finding, Verdict

_COLOURS = {
    Verdict.OK: "32",
    Verdict.WARNING: "33",
    Verdict.FAILURE: "31",
    Verdict.SKIPPED: "2",
}
"""As terminals number them: green, yellow, red, faint."""
_VERDICT, _PROBE = 9, 11
"""Widths of the first two columns."""


def exit_code(examined: Iterable[Examined], *, strict: bool) -> int:
    """1 if something failed, or with `strict` if there was a warning; else 0."""
    bad = {Verdict.FAILURE, *([Verdict.WARNING] if strict else [])}
    return int(any(found.verdict in bad for each in examined for found in each.findings))


def lines(examined: Sequence[Examined], *, coloured: bool = False) -> Iterator[str]:
    """A line for each finding, below it what to do next, and the counts at the end."""
    for each in examined:
        for found in each.findings:
            yield from _told(each.probe, found, coloured=coloured)
    counts = Counter(found.verdict for each in examined for found in each.findings)
    yield ""
    yield ", ".join(_counted(verdict, counts[verdict]) for verdict in Verdict if counts[verdict])


def as_json(examined: Iterable[Examined]) -> str:
    """A list with an object for each finding."""
    told = [
        {
            "probe": each.probe,
            "verdict": found.verdict.value,
            "message": found.message,
            "remedy": found.remedy,
            "seconds": round(each.seconds, 3),
        }
        for each in examined
        for found in each.findings
    ]
    return json.dumps(told, indent=2, ensure_ascii=False)


def wants_colours(*, terminal: bool) -> bool:
    """True on a terminal, unless its user asked for none (https://no-color.org)."""
    return terminal and not os.environ.get("NO_COLOR")


def _counted(verdict: Verdict, count: int) -> str:
    plural = "s" if count > 1 and verdict in (Verdict.WARNING, Verdict.FAILURE) else ""
    return f"{count} {verdict}{plural}"


def _told(probe: str, found: Finding, *, coloured: bool) -> Iterator[str]:
    verdict = f"{found.verdict:<{_VERDICT}}"
    if coloured:
        verdict = f"\x1b[{_COLOURS[found.verdict]}m{verdict}\x1b[0m"
    yield f"{verdict}{probe:<{_PROBE}}{printable(found.message)}"
    if found.remedy:
        yield f"{'':<{_VERDICT + _PROBE}}→ {printable(found.remedy)}"
