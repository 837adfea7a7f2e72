"""JSON of whatever a model, a tool or an app gave: also what UTF-8 and `orjson` do not hold."""

import json

import orjson


def dumps(value: object) -> str:
    """A value as JSON text. Raises `TypeError`, `ValueError` or `RecursionError` for no plain data.

    Half of a surrogate pair is written as well.
    """
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value)


def loads(text: str) -> object:
    """The value again. Raises `ValueError` when the text is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def canonical(value: object) -> str:
    """A text that equal values have in common; what is no plain data is in it as a string."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, default=str)
