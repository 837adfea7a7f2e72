"""JSON schemas in the form that OpenAI's strict mode takes.

Strict mode makes the model follow the schema exactly. It needs closed objects with every property
required, so a property with a default becomes required too. Keywords that it does not know are left
out of the schema: the arguments are validated against the pydantic model anyway.
"""

from pydantic import BaseModel
from turnstream.contracts.turns import Json

_LEFT_OUT = frozenset(
    {"default", "discriminator", "maxLength", "minLength", "title", "uniqueItems"}
)
_BY_NAME = frozenset({"$defs", "properties"})
"""Keywords that hold schemas by names of the tool's own choosing."""
_NESTED = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})


class NotStrict(ValueError):
    """The arguments cannot be described in strict mode: declare the tool with `strict=False`."""


def strict_schema(model: type[BaseModel]) -> Json:
    """The schema of a tool's arguments for strict mode. Raises `NotStrict`."""
    schema = _strict(model.model_json_schema(), model.__name__)
    assert isinstance(schema, dict)
    return schema


def _strict(node: object, where: str) -> object:
    if isinstance(node, list):
        return [_strict(each, where) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:  # nothing may stand beside a reference
        return {"$ref": node["$ref"]}
    schema: Json = {}
    for keyword, value in node.items():
        if keyword in _BY_NAME:
            schema[keyword] = {name: _strict(each, name) for name, each in value.items()}
        elif keyword in _NESTED:
            schema["anyOf" if keyword == "oneOf" else keyword] = _strict(value, where)
        elif keyword not in _LEFT_OUT:
            schema[keyword] = value
    if schema.get("type") == "object":
        _close(schema, where)
    return schema


def _close(schema: Json, where: str) -> None:
    if "properties" not in schema or schema.get("additionalProperties"):
        raise NotStrict(f"{where} takes properties of any name; declare the tool strict=False.")
    schema["additionalProperties"] = False
    schema["required"] = list(schema["properties"])
