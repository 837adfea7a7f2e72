"""A widget as JSX, the form of widget editors, for people who read or copy its source."""

import json
import re

from turnstream.contracts.turns import Json

LINE = 88
"""Characters. The properties of a node stay on one line up to this length."""

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_BACKTICKS = re.compile(r"`+")


def jsx(node: Json, indent: int = 0) -> str:
    """The source of a widget node and of what is inside it. Pure; any JSON value is escaped."""
    space = "  " * indent
    children = node.get("children") or []
    inside = [children] if isinstance(children, dict) else children
    opening = _opening(node, space, end=">" if inside else " />")
    if not inside:
        return opening
    lines = [opening, *(jsx(child, indent + 1) for child in inside), f"{space}</{node['type']}>"]
    return "\n".join(lines)


def code_block(source: str, language: str) -> str:
    """The source in a Markdown fence that is longer than any fence inside it."""
    longest = max(map(len, _BACKTICKS.findall(source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{source}\n{fence}"


def _opening(node: Json, space: str, end: str) -> str:
    props = [
        _prop(name, value)
        for name, value in node.items()
        if name not in ("type", "children") and value is not None
    ]
    line = " ".join([f"{space}<{node['type']}", *props]) + end
    if len(line) <= LINE or not props:
        return line
    broken = [f"{space}<{node['type']}", *(f"{space}  {prop}" for prop in props)]
    return "\n".join([*broken, f"{space}{end.strip()}"])


def _prop(name: str, value: object) -> str:
    if not _NAME.fullmatch(name):
        return f"{{...{_expression({name: value})}}}"
    if value is True:
        return name
    if isinstance(value, str) and not re.search(r'["&\\\n\r]', value):
        return f'{name}="{value}"'
    return f"{name}={{{_expression(value)}}}"


def _expression(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
