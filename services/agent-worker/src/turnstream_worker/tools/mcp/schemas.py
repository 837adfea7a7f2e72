"""JSON schemas of MCP tools in a form that every model API takes.

A server may describe its arguments with any JSON schema, well formed or not. Model APIs want an
object without alternatives at the top, and refuse the whole request for one schema they do not
like. What can't be said in their form is left out of what the model sees: the server checks the
arguments anyway.
"""

from collections.abc import Mapping

from turnstream.contracts.turns import Json

from turnstream_worker.tools.mcp.schema_size import shortened, size

LARGEST = 24 * 1024
"""Bytes of one schema, about 6,000 tokens, which every request to the model carries."""
_DEEPEST = 24
_MOST_NODES = 2000
"""Schemas within one schema. References are replaced by what they stand for, which may double the
schema with each level.
"""
_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NUMBERS = frozenset({"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"})
_COUNTS = frozenset(
    {"maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"}
)
_TEXTS = frozenset({"description", "format", "pattern", "title"})
_KEPT_AS_THEY_ARE = frozenset({"const", "default", "examples"})
_CHOICES = frozenset({"allOf", "anyOf", "oneOf"})
_SILENT = frozenset(
    {
        "$comment",
        "$defs",
        "$id",
        "$schema",
        "definitions",
        "deprecated",
        "readOnly",
        "writeOnly",
    }
)
"""Keywords that say nothing about the arguments, or only by a reference."""
ANYTHING: Json = {}


class UnusableTool(ValueError):
    """The tool cannot be offered. The message says why."""


def usable_schema(given: object) -> tuple[Json, list[str]]:
    """The schema to show to a model, and what was changed in it and why; nothing if it fits.

    A schema that fits is given back as it is. Raises `UnusableTool` when the arguments are no
    object.
    """
    if not isinstance(given, dict):
        raise UnusableTool(f"its schema is {type(given).__name__}, not an object")
    rewriting = _Rewriting(given)
    schema = rewriting.top()
    if size(given) <= LARGEST and not rewriting.changes:
        return {"properties": {}, **given}, []
    if size(schema) > LARGEST or not rewriting.changes:
        rewriting.changes.append(f"larger than {LARGEST} bytes, so shortened")
        schema = shortened(schema, LARGEST)
    return schema, list(dict.fromkeys(rewriting.changes))


class _Rewriting:
    """Rewrites one schema, and notes what it changes."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._nodes = 0
        self.changes: list[str] = []

    def top(self) -> Json:
        """The whole schema as one plain object."""
        schema = self._node(self._root, ())
        for _ in range(_DEEPEST):
            choices = [name for name in sorted(_CHOICES) if name in schema]
            if not choices:
                break
            self.changes.append(f"{choices[0]} at the top merged")
            schema = self._merged(schema, choices[0])
        kind = schema.get("type", "object")
        if not (kind == "object" or (isinstance(kind, list) and "object" in kind)):
            raise UnusableTool(f"its arguments are of type {kind}, not an object")
        if "$ref" in self._root:
            self.changes.append("reference at the top resolved")
        elif self._root.get("type") != "object":
            self.changes.append("type object added")
        for name in ("enum", "const"):
            if schema.pop(name, None) is not None:
                self.changes.append(f"{name} at the top left out")
        properties = schema.get("properties", {})
        return {**schema, "type": "object", "properties": properties}

    def _merged(self, schema: Json, name: str) -> Json:
        """An object with the properties of every branch; required is what all of them require."""
        branches = [each for each in schema[name] if each.get("type", "object") == "object"]
        if not branches:
            raise UnusableTool(f"no branch of its {name} is an object")
        rest = {key: value for key, value in schema.items() if key != name}
        properties: Json = {}
        for branch in [*branches, rest]:
            properties |= branch.get("properties", {})
        needed = [set(branch.get("required", [])) for branch in branches]
        common = set.union(*needed) if name == "allOf" else set.intersection(*needed)
        required = [key for key in properties if key in common | set(rest.get("required", []))]
        merged = {**rest, "properties": properties}
        for branch in branches:
            merged |= {key: branch[key] for key in _CHOICES if key in branch and key not in merged}
        return {**merged, "required": required} if required else _without(merged, "required")

    def _node(self, given: object, inside: tuple[str, ...]) -> Json:
        """A schema below the top. `inside` are the references on the way to it."""
        if isinstance(given, bool):
            return dict(ANYTHING)
        if not isinstance(given, dict):
            self.changes.append(f"{type(given).__name__} in place of a schema left out")
            return dict(ANYTHING)
        if "$ref" in given:
            return self._referenced(given, (*inside, ""))
        self._nodes += 1
        if len(inside) > _DEEPEST or self._nodes > _MOST_NODES:
            self.changes.append("nesting cut")
            return dict(ANYTHING)
        schema: Json = {}
        for keyword, value in given.items():
            schema |= self._keyword(keyword, value, (*inside, ""))
        return self._completed(schema)

    def _referenced(self, given: Json, inside: tuple[str, ...]) -> Json:
        """What a reference stands for. A reference to itself is cut after one round."""
        name = given["$ref"]
        beside = {key: value for key, value in given.items() if key in _TEXTS}
        target = self._resolve(name)
        self._nodes += 1
        if target is None:
            self.changes.append("reference to nothing left out")
            return self._node(beside, inside)
        if name in inside:
            self.changes.append("recursion cut")
            return self._node(beside, inside)
        return self._node({**target, **beside}, (*inside, str(name)))

    def _resolve(self, name: object) -> Json | None:
        if not isinstance(name, str) or not name.startswith("#"):
            return None
        found: object = self._root
        for part in name.removeprefix("#").strip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if key:
                found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, dict) else None

    def _keyword(self, keyword: str, value: object, inside: tuple[str, ...]) -> Json:
        match keyword, value:
            case "type", str() | list():
                return self._type(value)
            case "properties", dict():
                return {keyword: {name: self._node(each, inside) for name, each in value.items()}}
            case "required", list():
                return {keyword: [name for name in value if isinstance(name, str)]}
            case "items", list():
                return self._left_out("items as a list", {"items": dict(ANYTHING)})
            case "items", _:
                return {keyword: self._node(value, inside)}
            case "enum", list() if value:
                return {keyword: value}
            case "additionalProperties", bool():
                return {keyword: value}
            case "additionalProperties", dict():
                return {keyword: self._node(value, inside)}
            case _, list() if keyword in _CHOICES and value:
                return self._choice(keyword, value, inside)
            case _, _ if keyword in _KEPT_AS_THEY_ARE or _plain(keyword, value):
                return {keyword: value}
            case _ if keyword in _SILENT or keyword.startswith("x-"):
                return {}
        return self._left_out(keyword, {})

    def _choice(self, keyword: str, value: list[object], inside: tuple[str, ...]) -> Json:
        # `{"not": {}}` is how some generators write "may be missing"
        branches = [self._node(each, inside) for each in value if each != {"not": {}}]
        return {keyword: branches} if branches else {}

    def _type(self, value: object) -> Json:
        given = value if isinstance(value, list) else [value]
        known = [each for each in given if isinstance(each, str) and each in _TYPES]
        if known != given:
            self.changes.append(f"unknown type {str(given)[:40]} left out")
        if not known:
            return {}
        return {"type": known if isinstance(value, list) else known[0]}

    def _left_out(self, keyword: str, instead: Json) -> Json:
        self.changes.append(f"{keyword[:40]} left out")
        return instead

    def _completed(self, schema: Json) -> Json:
        """What APIs want and JSON schema does not: items of an array, properties of required."""
        kind = schema.get("type")
        if (kind == "array" or (isinstance(kind, list) and "array" in kind)) and (
            "items" not in schema
        ):
            self.changes.append("items of an array added")
            schema["items"] = dict(ANYTHING)
        if "required" in schema and ("properties" in schema or kind == "object"):
            known = [each for each in schema["required"] if each in schema.get("properties", {})]
            if known != schema["required"] and not any(each in schema for each in _CHOICES):
                self.changes.append("required properties that are not described left out")
                schema["required"] = known
        return schema


def _plain(keyword: str, value: object) -> bool:
    """True for a keyword with a single value of the right type."""
    if keyword in _TEXTS:
        return isinstance(value, str)
    if isinstance(value, bool):
        return keyword == "uniqueItems" or keyword == "nullable"
    if keyword in _COUNTS:
        return isinstance(value, int) and value >= 0
    return keyword in _NUMBERS and isinstance(value, int | float)


def _without(schema: Json, keyword: str) -> Json:
    return {key: value for key, value in schema.items() if key != keyword}
