"""What is taken out of a recording, so that it can be handed on and still be replayed.

A text becomes a placeholder of its length: letters are `x`, digits `1`, all else stays. What
decides how a turn goes stays as it is: types, ids, names of tools, words that a schema lists,
numbers. Texts that hold JSON, such as the arguments of a tool, keep its structure. Redacting twice
changes nothing, so a replay redacts what it made in the same way before it compares.
"""

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Any

import orjson

from turnstream.contracts.operating.recordings import REQUEST, Recording
from turnstream.contracts.turns import Json
from turnstream.secrets.redaction import REMOVED, without_secrets


class Redaction(StrEnum):
    """What is taken out."""

    SECRETS = "secrets"
    """Keys, tokens and passwords, by their form and by the name of their field."""
    TEXTS = "texts"
    """What users, models and tools said, and instructions; and secrets."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STRUCTURE = _words(
    "type role status id object kind model agent since phase locale tenant workflow mime_type tool "
    "created_at updated_at accepted_at ended_at code failure position $type"
)
"""Fields whose texts are no texts of anybody."""
_LOOKS = _words(
    "align color curveType direction fit gutterSize handler icon iconEnd iconSize iconStart "
    "inputType justify level loadingBehavior method preview radius side size status_indicator "
    "style textAlign theme variant weight wrap background border margin padding gap height width "
    "minHeight maxHeight minWidth maxWidth aspectRatio"
)
"""Fields of a widget that say how it looks. A form that ChatKit does not know it would refuse."""
_LOOK = re.compile(r"[\w %#.,:()/-]{0,40}")
_AS_IT_IS = frozenset(
    {
        *("tools", "parameters", "output_schema", "settings"),
        *("usage", "raw_usage", "used", "error", "shape"),
    }
)
"""Fields that hold nothing that was said: schemas and counts."""
_SECRET = re.compile(
    r"(?i)(api_?key|token|secret|password|passwd|authorization|cookie|credentials?)$"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_DIGIT = re.compile(r"\d")


def redacted(recording: Recording, what: Collection[str]) -> Recording:
    """The recording without that. It says so itself."""
    if not what:
        return recording
    texts = Redaction.TEXTS in what
    document = recording.model_dump(mode="json")
    walker = _Walker(frozenset(_listed_words(document)), texts=texts)
    for part in ("turn", "thread", "history", "items", "journal", "calls", "log"):
        document[part] = walker.walk(document[part], part)
    if texts:
        document["journal"] = _renamed(document["journal"])
    all_redacted = {*recording.redacted, Redaction.SECRETS, *what}
    return Recording.model_validate(document | {"redacted": sorted(all_redacted)})


def _renamed(journal: Json) -> Json:
    """The records of models under numbers: their keys are digests of what was asked."""
    digests = (key.removeprefix(REQUEST) for key in journal)
    models = dict.fromkeys(key for key in digests if key.startswith(("model_", "stream_")))
    names = {key: f"{key.partition('_')[0]}_{number}" for number, key in enumerate(models, 1)}
    renamed: Json = {}
    for key, value in journal.items():
        name = key.removeprefix(REQUEST)
        if name != key:
            value = value | {"since": names.get(value.get("since"), "")}
        renamed[key.removesuffix(name) + names.get(name, name)] = value
    return renamed


def placeholder(text: str) -> str:
    """What takes the place of a text. A date stays one."""
    if _TIME.fullmatch(text):
        return _DIGIT.sub("1", text)
    return "".join(map(_letter, text))


def _letter(character: str) -> str:
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return "1" if character.isdigit() else character


def _listed_words(document: Json) -> Iterator[str]:
    """Words that a schema lists: an argument that is none of them would be refused."""
    for key, value in document["journal"].items():
        if key.startswith(REQUEST):
            yield from _enums([value.get("tools"), value.get("output_schema")])


def _enums(schema: object) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _enums(each)
    elif isinstance(schema, dict):
        listed = [*(schema.get("enum") or ()), schema.get("const")]
        yield from (word for word in listed if isinstance(word, str))
        for each in schema.values():
            yield from _enums(each)


class _Walker:
    """Goes through JSON and replaces texts."""

    def __init__(self, words: Collection[str], *, texts: bool) -> None:
        self._words = words
        self._texts = texts

    def walk(self, value: object, name: str) -> Any:
        """The value of a field of this name."""
        if isinstance(value, dict):
            return {key: self._field(value, key) for key in value}
        if isinstance(value, list):
            return [self.walk(each, name) for each in value]
        return self._text(value, name) if isinstance(value, str) else value

    def _field(self, parent: Json, name: str) -> object:
        value = parent[name]
        if name == "asked" and self._texts and isinstance(value, dict) and "shape" in value:
            # Digests of what was said, which somebody could guess and compare.
            return value | {"content": "", "shape": value["shape"] | {"exact": "", "sketch": []}}
        if name in _AS_IT_IS and not isinstance(value, str):
            return value
        if name == "name" and isinstance(value, str) and _names_code(parent):
            return value
        return self.walk(value, name)

    def _text(self, text: str, name: str) -> str:
        if _SECRET.search(name):
            return REMOVED
        if name in _STRUCTURE or (name.endswith(("_id", "_ids", "Id")) and name != "user_id"):
            return text
        if not self._texts or (name in _LOOKS and _LOOK.fullmatch(text)):
            return without_secrets(text)
        inner = _json_in(text)
        if inner is not None:
            return orjson.dumps(self.walk(inner, "")).decode()
        return text if text in self._words else placeholder(without_secrets(text))


def _names_code(parent: Json) -> bool:
    """True where a `name` is that of a tool, an agent or an icon, and no person's or file's."""
    known = parent.keys() & {"arguments", "parameters", "description", "call_id", "tool_name"}
    return bool(known) or parent.get("type") == "Icon" or parent.keys() == {"name"}


def _json_in(text: str) -> object | None:
    """The object or list that a text holds; None for any other text."""
    if not text.startswith(("{", "[")):
        return None
    try:
        return orjson.loads(text)  # type: ignore[no-any-return]
    except orjson.JSONDecodeError:
        return None
