"""Plans of the hot statements: read from the server's log, judged, and shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

FEW = 1000
"""Rows that a statement may read through or sort: it is asked for pages, and a page has 100."""
_NAME = 90
_PLAN = re.compile(r"duration: \S+ ms  plan:\n((?:\t.*\n)+)")


class Flaw(NamedTuple):
    """Why a plan is no plan for a large table."""

    statement: str
    reason: str


@dataclass(frozen=True)
class ExplainedStatement:
    """A statement, and how Postgres ran it."""

    text: str
    root: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its beginning on one line."""
        line = " ".join(self.text.split())
        return line if len(line) <= _NAME else f"{line[:_NAME]}…"

    def flaws(self) -> Iterator[Flaw]:
        """What it reads or sorts too much of."""
        for node in _nodes(self.root):
            if _rows(node) > FEW:
                yield Flaw(self.name, f"{_what(node)}, more than {FEW:,} rows")

    def lines(self) -> Iterator[str]:
        """The statement, and each of its nodes that reads or sorts a table, with what it read."""
        yield f"{self.name}\n  {_blocks(self.root):,} blocks"
        for node in _nodes(self.root):
            if node["Actual Loops"] and ("Relation Name" in node or "Sort" in node["Node Type"]):
                often = f" × {node['Actual Loops']:g}" if node["Actual Loops"] != 1 else ""
                yield f"  {_what(node)}: {_rows(node):,.0f} rows{often}"


def explained(log: str) -> list[ExplainedStatement]:
    """The plans in a piece of the server's log, in its order."""
    found = (orjson.loads(each.group(1)) for each in _PLAN.finditer(log))
    return [ExplainedStatement(each["Query Text"], each["Plan"]) for each in found]


def distinct(found: Sequence[ExplainedStatement]) -> Sequence[ExplainedStatement]:
    """One of each statement: the last."""
    return list({each.text: each for each in found}.values())


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each)


def _what(node: Mapping[str, Any]) -> str:
    on = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    by = f" by {node['Index Name']}" if "Index Name" in node else ""
    return f"{node['Node Type']}{on}{by}"


def _rows(node: Mapping[str, Any]) -> float:
    """Rows that a node has read, all its runs together."""
    read: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    times: float = node["Actual Loops"]
    return read * times


def _blocks(node: Mapping[str, Any]) -> int:
    return int(node.get("Shared Hit Blocks", 0) + node.get("Shared Read Blocks", 0))
