"""Which series a PromQL expression asks for, and which of their labels it names.

Not a parser: it knows as much of the language as our rules and dashboards use.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"(?<![\w:.])([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?")
_MATCHER = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)")
_DURATION = re.compile(r"\[[^\]]*\]|\boffset\s+\S+")
_WORDS = frozenset({"and", "or", "unless", "bool", "by", "without", "on", "ignoring", "inf", "nan"})


class Selector(NamedTuple):
    """One series that an expression asks for."""

    name: str
    labels: frozenset[str]
    """Those that it is chosen by, and those that the whole expression groups by."""


def selectors(expr: str) -> Iterator[Selector]:
    """Every series that an expression asks for."""
    bare = _DURATION.sub(" ", _STRING.sub('""', expr))
    grouped = {
        label.strip()
        for labels in _GROUPING.findall(bare)
        for label in labels.split(",")
        if label.strip()
    }
    bare = _GROUPING.sub(" ", bare)
    for found in _SELECTOR.finditer(bare):
        name, matchers = found[1], found[2] or ""
        is_call = bare[found.end() :].lstrip().startswith("(") and found[2] is None
        if not is_call and name.lower() not in _WORDS:
            yield Selector(name, frozenset(_MATCHER.findall(matchers)) | grouped)
