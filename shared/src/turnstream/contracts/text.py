"""Text that every part can keep: the one place where a character that none can keep is replaced.

Postgres refuses U+0000 in text, and no UTF-8 holds half of a surrogate pair. JSON can spell both
(`\\u0000`, `\\ud83d`), so clients and models send them. Each becomes U+FFFD; the two halves of one
character that stand side by side become that character. All other text stays as it came.
"""

import re
from collections.abc import Callable, Hashable
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticSerializationError

REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\\0\ud800-\udfff]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair: one character
    rb"|(?P<unstorable>u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|.)",
    re.DOTALL,
)
_ESCAPED_REPLACEMENT = rb"\ufffd"

T = TypeVar("T")


def storable(text: str) -> str:
    """The text with U+FFFD in place of each U+0000 and of each half of a character."""
    if _UNSTORABLE.search(text) is None:
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", REPLACEMENT)


def storable_json(document: bytes) -> bytes:
    """A JSON document with storable text. What is wrong with its syntax stays wrong."""
    if b"\\u" not in document:
        return document
    return _ESCAPE.sub(_storable_escape, document)


def storable_arguments(text: str) -> str:
    """The JSON text that a model wrote for a tool, with storable text in it."""
    return storable_json(storable(text).encode()).decode()


def storable_value(value: T) -> T:
    """A copy of plain data (dicts, lists, text, numbers) with storable text, in keys too."""
    return _storable_value(value)  # type: ignore[return-value]  # each kind of value stays one


def dump_json(
    value: object, default: Callable[[object], object] | None = None, option: int = 0
) -> bytes:
    """Plain data as JSON with storable text. Raises `TypeError` for what is no plain data."""
    try:
        data = orjson.dumps(value, default, option)
    except TypeError:
        data = orjson.dumps(_storable_value(value), default, option)
    return storable_json(data) if b"\\u0000" in data else data


def dump_model(model: BaseModel, **options: Any) -> bytes:
    """A model as JSON with storable text; `options` are those of `model_dump_json`."""
    data = encode_model(model, **options)
    return storable_json(data) if b"\\u0000" in data else data


def encode_model(model: BaseModel, **options: Any) -> bytes:
    """A model as JSON that is not kept as text: without half characters, which no UTF-8 holds."""
    try:
        return model.model_dump_json(**options).encode()
    except PydanticSerializationError:
        return orjson.dumps(_storable_value(model.model_dump(mode="json", **options)))


class SplitCharacters:
    """Puts characters together again whose halves came in two pieces of a text."""

    def __init__(self) -> None:
        self._halves: dict[Hashable, str] = {}

    def join(self, text: Hashable, piece: str) -> str:
        """The next piece of one of several texts, storable. A half at its end waits for more."""
        if self._halves:
            piece = self._halves.pop(text, "") + piece
        if "\ud800" <= piece[-1:] <= "\udbff":
            self._halves[text], piece = piece[-1], piece[:-1]
        return storable(piece)


def _storable_escape(escape: "re.Match[bytes]") -> bytes:
    return _ESCAPED_REPLACEMENT if escape["unstorable"] else escape[0]


def _storable_value(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case dict():
            return {_storable_value(key): _storable_value(each) for key, each in value.items()}
        case list() | tuple():
            return [_storable_value(each) for each in value]
        case _:
            return value


StorableText = Annotated[str, AfterValidator(storable)]
"""A field whose text ends in a column of text."""
StorableValue = Annotated[Any, AfterValidator(storable_value)]
StorableJson = Annotated[dict[str, Any], AfterValidator(storable_value)]
"""A field whose JSON object ends in a `jsonb` column."""
StorableArguments = Annotated[str, AfterValidator(storable_arguments)]
"""A field with the JSON text of a call's arguments."""
