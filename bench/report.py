"""The figures as one table: ours, the stock server's, and the ratio."""

from collections.abc import Iterator
from typing import Any

_ROWS = (
    ("1", "first event"),
    ("1", "first text"),
    ("1", "whole turn"),
    ("64", "first text p99"),
    ("1", "turns per second"),
    ("16", "turns per second"),
    ("64", "turns per second"),
    ("1", "cpu seconds per turn"),
    ("64", "cpu seconds per turn"),
    ("1", "bytes per turn"),
)
_TIMES = ("first event", "first text", "whole turn", "first text p99", "cpu seconds per turn")


def table(found: dict[str, Any]) -> str:
    """One line per figure. A ratio below 1 is less, above 1 more than the stock server."""
    lines = [f"{'':44}{'stock':>12}{'Turnstream':>12}{'ratio':>8}"]
    for setting in ("no delay", "10 ms a word"):
        lines += [f"\n{setting}", *_rows(found[setting])]
    return "\n".join(lines)


def _rows(found: dict[str, Any]) -> Iterator[str]:
    for clients, figure in _ROWS:
        if clients not in found["stock"]:
            continue
        theirs, ours = (found[name][clients][figure] for name in ("stock", "turnstream"))
        ratio = f"{ours / theirs:8.2f}" if theirs else f"{'–':>8}"
        name = f"{figure}, {clients} client{'s' if clients != '1' else ''}"
        yield f"  {name:<42}{_shown(figure, theirs)}{_shown(figure, ours)}{ratio}"
    writes = sum(found["redis writes of a turn"].values())
    yield f"  {'Redis writes of a turn':<42}{'–':>12}{writes:12}"
    memory = found["redis memory of a turn"] / 1024
    yield f"  {'Redis memory of its log':<42}{'–':>12}{memory:9.1f} KB"


def _shown(figure: str, value: float) -> str:
    if figure in _TIMES:
        return f"{value * 1000:9.1f} ms"
    return f"{value:12.1f}"
