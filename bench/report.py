"""Sections as tables: the figure of the stock server, ours, the ratio, and the aim."""

from collections.abc import Iterable, Iterator

from bench.rows import Row, Section

_NAME, _FIGURE, _RATIO = 40, 13, 8


def table(section: Section) -> str:
    """One line per row. Where there is an aim, the last column says whether it is met."""
    other, ours = section.columns
    head = f"{section.title:{_NAME}}{other:>{_FIGURE}}{ours:>{_FIGURE}}{'ratio':>{_RATIO}}   aim"
    notes = (f"  note: {note}" for note in section.notes)
    return "\n".join([head, *_lines(section.rows), *notes])


def missed(sections: Iterable[Section]) -> list[str]:
    """The names of the rows whose aim is not met."""
    return [f"{s.title}: {row.name}" for s in sections for row in s.rows if row.met is False]


def _lines(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        other = "" if row.other is None else _shown(row.other, row.unit)
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        aim = "" if row.aim is None else f"{_aim(row)}  {'met' if row.met else 'missed'}"
        figures = f"{other:>{_FIGURE}}{_shown(row.ours, row.unit):>{_FIGURE}}{ratio:>{_RATIO}}"
        yield f"  {row.name:{_NAME - 2}}{figures}   {aim}".rstrip()


def _aim(row: Row) -> str:
    """An aim for a ratio is a plain number, any other has the unit of its row."""
    assert row.aim is not None
    limit = f"{row.aim.limit:g}"
    if row.ratio is None and row.unit:
        limit = _shown(row.aim.limit, row.unit)
    return f"{row.aim.sign} {limit}"


def _shown(value: float, unit: str) -> str:
    match unit:
        case "ms":
            return f"{value * 1000:.1f} ms"
        case "µs":
            return f"{value * 1_000_000:.1f} µs"
        case "KB":
            return f"{value / 1024:.1f} KB"
        case "":
            return f"{value:.1f}"
    return f"{value:.1f} {unit}"
