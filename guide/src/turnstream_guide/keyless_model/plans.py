"""What the demo model decides to do, and how it fills in the arguments of a tool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from turnstream_guide.keyless_model.request import Json, Request


@dataclass(frozen=True)
class Say:
    """Answer with a text, after a visible thought if there is one."""

    text: str
    thought: str = ""


@dataclass(frozen=True)
class Call:
    """Call a tool, or hand off."""

    tool: str
    arguments: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Calls:
    """Call several tools at once."""

    calls: tuple[Call, ...]


Plan = Say | Call | Calls

Rule = Callable[[Request], Plan | None]
"""Decides for one agent of an assistant. Pure; None for any other request."""


def call(tool: str, schema: Json, wanted: Json, said: str) -> Call:
    """A call whose arguments fit the schema.

    Arguments of `wanted` that the schema knows are used, in the type of the schema. Other required
    arguments get their default or the simplest value of their type.
    """
    required = set(schema.get("required", ()))
    arguments = {}
    for name, spec in schema.get("properties", {}).items():
        if name in wanted:
            arguments[name] = _typed(wanted[name], spec)
        elif name in required:
            arguments[name] = _simplest(spec, said)
    return Call(tool, arguments)


def lacks(schema: Json, wanted: Mapping[str, Any]) -> bool:
    """True when the schema requires a text that only the user could give."""
    properties = schema.get("properties", {})
    return any(
        name not in wanted
        and properties.get(name, {}).get("type") == "string"
        and not {"default", "enum", "const"}.intersection(properties[name])
        for name in schema.get("required", ())
    )


def _typed(value: Any, spec: Json) -> Any:
    """A captured text as a number, where only a number will do."""
    kinds = {spec.get("type"), *(option.get("type") for option in spec.get("anyOf", ()))}
    return (
        int(value) if isinstance(value, str) and value.isdigit() and "integer" in kinds else value
    )


def _simplest(spec: Json, said: str) -> Any:
    if "default" in spec:
        return spec["default"]
    if spec.get("enum"):
        return spec["enum"][0]
    options = spec.get("anyOf") or spec.get("oneOf")
    if options:
        return None if {"type": "null"} in options else _simplest(options[0], said)
    simple = {"integer": 1, "number": 1, "boolean": False, "array": [], "object": {}, "null": None}
    kind = spec.get("type", "string")
    return said if kind == "string" else simple.get(kind)
