"""How large a schema is, and a shorter one in its place.

Every request to a model carries the schema of every tool. One that is too large loses its texts and
examples; if that does not do, it keeps the names and types of its arguments.
"""

import orjson
from turnstream.contracts.turns import Json

_NAMES = 60
"""Arguments that are named of a schema which is still too large without its texts."""
_LONGEST_NAME = 64
_TEXTS = frozenset({"default", "description", "examples", "title"})


def size(schema: Json) -> int:
    """Bytes of the schema's JSON."""
    return len(orjson.dumps(schema, default=str))


def shortened(schema: Json, largest: int) -> Json:
    """The schema of an object in at most about `largest` bytes."""
    bare = _bare(schema)
    if size(bare) <= largest:
        return bare
    names = [name for name in schema["properties"] if len(name) <= _LONGEST_NAME][:_NAMES]
    properties = {name: _outline(schema["properties"][name]) for name in names}
    required = [name for name in schema.get("required", []) if name in properties]
    return {"type": "object", "properties": properties, "required": required}


def _bare(schema: Json) -> Json:
    """The schema without texts and examples."""
    bare: Json = {}
    for keyword, value in schema.items():
        if keyword in _TEXTS:
            continue
        if keyword == "properties":
            bare[keyword] = {name: _bare(each) for name, each in value.items()}
        elif keyword in ("anyOf", "oneOf", "allOf"):
            bare[keyword] = [_bare(each) for each in value]
        elif isinstance(value, dict) and keyword != "const":
            bare[keyword] = _bare(value)
        else:
            bare[keyword] = value
    return bare


def _outline(schema: Json) -> Json:
    kind = schema.get("type")
    if not isinstance(kind, str):
        return {}
    return {"type": kind, "items": {}} if kind == "array" else {"type": kind}
