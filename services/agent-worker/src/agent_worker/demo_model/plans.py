"""What the demo model decides to do, and how it fills in the arguments of a tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]
Offered = Mapping[str, Json]
"""The tools of a request: name -> JSON schema of the arguments."""


@dataclass(frozen=True)
class Say:
    """Answer with a text, after a visible thought if there is one."""

    text: str
    thought: str = ""


@dataclass(frozen=True)
class Call:
    """Call a tool."""

    tool: str
    arguments: Json = field(default_factory=dict)


Plan = Say | Call


def call(tool: str, schema: Json, wanted: Json, said: str) -> Call:
    """A call whose arguments fit the schema.

    `wanted` may hold a value under several likely names: those that the schema knows are used, and
    what it requires besides is filled with its default or the simplest value of its type.
    """
    required = set(schema.get("required", ()))
    arguments = {}
    for name, spec in schema.get("properties", {}).items():
        if name in wanted:
            arguments[name] = wanted[name]
        elif name in required:
            arguments[name] = _simplest(spec, said)
    return Call(tool, arguments)


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
