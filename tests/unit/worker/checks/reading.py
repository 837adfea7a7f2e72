"""An app's source for a rule, from text."""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from turnstream_worker.checks.findings import Finding
from turnstream_worker.checks.sources import Source, read_source

Rule = Callable[[Iterable[Source]], Iterator[Finding]]


def sources(folder: Path, **modules: str) -> list[Source]:
    """Modules by name, each with its text."""
    found = []
    for name, text in modules.items():
        path = folder / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        source = read_source(path, name)
        assert source is not None
        found.append(source)
    return found


def lines(findings: Iterable[Finding]) -> list[str]:
    """The text of the lines that were found, in the order of the file."""
    places = sorted(
        {(each.location.file, each.location.line) for each in findings if each.location}
    )
    return [path.read_text().splitlines()[line - 1].strip() for path, line in places]
