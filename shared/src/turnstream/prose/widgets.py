"""What a widget says, without its looks."""

from collections.abc import Iterator
from typing import Any

DEEPEST = 40
"""Nodes within nodes that are read. A widget is somebody's JSON, and may be any tree."""
_ONE_LINE = frozenset({"Row", "ListViewItem", "Table.Row", "Label"})


def widget_text(node: Any) -> str:
    """The texts of a tree of nodes, a line for each block; labels of buttons stand in brackets."""
    lines = (line.strip() for line in "\n".join(_lines(node, 0)).splitlines())
    return "\n".join(line for line in lines if line)


def _lines(node: Any, depth: int) -> Iterator[str]:
    if not isinstance(node, dict) or depth > DEEPEST:
        return
    yield from _own(node)
    children = node.get("children")
    inner = [
        line
        for child in (children if isinstance(children, list) else [children])
        for line in _lines(child, depth + 1)
    ]
    if node.get("type") in _ONE_LINE:
        yield "  ".join(inner)
    else:
        yield from inner


def _own(node: dict[str, Any]) -> Iterator[str]:
    kind, label = node.get("type"), node.get("label")
    if isinstance(value := node.get("value"), str):
        yield value
    if isinstance(label, str):
        yield f"[{label}]" if kind == "Button" else label
    if kind == "Image" and isinstance(alt := node.get("alt"), str):
        yield f"[{alt}]"
