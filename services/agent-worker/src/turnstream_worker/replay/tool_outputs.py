"""What a tool gave, recorded so that a second attempt gives the model the same bytes.

Three things are told apart: what the tool gave, which hooks, `tool_use_behavior` and a final output
may see; what the model reads of it, which the SDK makes of that; and what JSON holds. Plain data is
recorded as it is. Of all else, what the model reads is recorded, and the object beside it when its
type can build an equal one.
"""

import math
import sys
from collections.abc import Callable

from pydantic import TypeAdapter
from turnstream.contracts.turns import Json
from turnstream.telemetry import get_logger

from turnstream_worker.replay import plain_json

log = get_logger(__name__)

Read = Callable[[object], object]
"""Says what the model reads of an output: a string, or parts as the API takes them."""

_TYPE, _VALUE = "$type", "$value"
_PARTS = {"input_text": "text", "input_image": "image", "input_file": "file"}
"""Parts of a tool's result for the API, and what the SDK calls them in an output."""

_SEQUENCES = (tuple, set, frozenset)


def record_of(output: object, read: Read) -> dict[str, object]:
    """The record of an output. Raises what `read` raises: then the SDK can't read it either."""
    try:
        plain = _is_plain(output)
    except RecursionError:  # it holds itself, which JSON can't
        plain = False
    if plain:
        return {"output": output}
    content = plain_json.loads(plain_json.dumps(read(output)))
    record: dict[str, object] = {"output": _standing_in(content)}
    if isinstance(content, str) and (rebuilt := _rebuildable(output, read)):
        record["object"] = rebuilt
    return record


def output_of(record: Json, read: Read) -> object:
    """The output again, or what stands for it: the model reads the same of either."""
    output: object = record["output"]
    if "object" not in record:
        return output
    try:
        rebuilt = _decode(record["object"])
        if read(rebuilt) == read(output):
            return rebuilt
    except Exception as error:  # the app's class builds itself, as it likes
        log.info("a tool's output is given back as text", error=error)
    return output


def _is_plain(value: object) -> bool:
    """True for what comes back from JSON as the same value of the same type."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)  # type: ignore[arg-type]
    if kind is int:
        return -(2**63) <= value < 2**64  # type: ignore[operator]
    if kind is list:
        return all(_is_plain(item) for item in value)  # type: ignore[attr-defined]
    if kind is dict:
        items = value.items()  # type: ignore[attr-defined]
        return all(type(key) is str and _is_plain(item) for key, item in items)
    return value is None or kind in {bool, str}


def _standing_in(plain: object) -> object:
    """Plain data of which the SDK makes the same for the model."""
    if not isinstance(plain, list):
        return plain
    return [{**part, "type": _PARTS.get(part["type"], part["type"])} for part in plain]


def _rebuildable(output: object, read: Read) -> object | None:
    """The output as data from which an equal one can be built; None when that fails."""
    try:
        data = _encode(output)
        rebuilt = _decode(plain_json.loads(plain_json.dumps(data)))
        equal = type(rebuilt) is type(output) and (
            rebuilt == output or repr(rebuilt) == repr(output)
        )
        return data if equal and read(rebuilt) == read(output) else None
    except Exception:  # classes of an app, which raise what they like
        return None


def _encode(value: object) -> object:
    kind = type(value)
    if kind is list:
        return [_encode(item) for item in value]  # type: ignore[attr-defined]
    if kind is dict and all(type(key) is str and key != _TYPE for key in value):  # type: ignore[attr-defined]
        return {key: _encode(item) for key, item in value.items()}  # type: ignore[attr-defined]
    if _is_plain(value):
        return value
    data: object
    if kind is dict:
        data = [[_encode(key), _encode(item)] for key, item in value.items()]  # type: ignore[attr-defined]
    elif kind in _SEQUENCES:
        data = [_encode(item) for item in value]  # type: ignore[attr-defined]
    elif kind in {float, int}:
        data = repr(value)
    else:
        data = TypeAdapter(kind).dump_python(value, mode="json", by_alias=True)
    return {_TYPE: f"{kind.__module__}:{kind.__qualname__}", _VALUE: data}


def _decode(data: object) -> object:
    if isinstance(data, list):
        return [_decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    if _TYPE not in data:
        return {key: _decode(item) for key, item in data.items()}
    kind, value = _class(data[_TYPE]), data[_VALUE]
    if kind is dict:
        return {_decode(key): _decode(item) for key, item in value}
    if kind in _SEQUENCES:
        return kind(_decode(item) for item in value)
    return TypeAdapter(kind).validate_json(plain_json.dumps(value))


def _class(name: str) -> type[object]:
    """A class of a module that is loaded. Nothing is imported because a record says so."""
    module, _, path = name.partition(":")
    found: object = sys.modules[module]
    for part in path.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise TypeError(f"{name} is no class")
    return found
