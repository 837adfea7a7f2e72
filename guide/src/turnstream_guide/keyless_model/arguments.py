"""Arguments of a tool from a plain sentence, by the tool's own schema. Pure.

It takes what the sentence states plainly: values of an enum, numbers, e-mail addresses, codes
such as `A-1042`, quoted words, and what follows `in`, `for` or `about`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from turnstream_guide.keyless_model.meaning import identifies, meanings, unknown_chinese
from turnstream_guide.keyless_model.request import Json

_QUOTED = re.compile(r"[\"“「『']([^\"”」』']{1,200})[\"”」』'](?!\w)")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.ASCII)
_URL = re.compile(r"https?://[^\s<>\"]{1,300}[^\s<>\".,;!?]")
_FOR_EMAIL = re.compile(r"^(?:to|recipient|\w*mail\w*|address)\b|\be-?mail address\b")
_FOR_URL = re.compile(r"^(?:\w*_)?(?:url|uri|link|website)\b|\buri\b")
_FOR_DATE = re.compile(r"^(?:\w*_)?(?:date|day|from|to|until|since)\b|\bdate\b")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_CODE = re.compile(
    r"(?<![\w.-])#?(?=[\w-]{0,30}\d)[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,20}){0,4}(?![\w-])", re.ASCII
)
_NUMBER = re.compile(r"(?<![\w.-])-?\d{1,12}(?:\.\d{1,6})?(?![\w-])", re.ASCII)
_TEXT = r"\s+(?:the |a |an |my )?(?=([^.?!,;]{1,120}))"
_PLACES = (
    re.compile(r"\b(?:[Ii]n|[Ff]or|[Aa]t|[Aa]bout|named|called)" + _TEXT),
    re.compile(r"\b(?:on|of)" + _TEXT),
    re.compile(r"\b(?:to|from)\s+(?=([A-Z][^.?!,;]{1,120}))"),
)
"""Where the text stands that a sentence is about, the likeliest place first."""
_FIGURES = re.compile(r"\s+(?:on|at|by|for|until)\s+\d.*$")
_TIME = re.compile(
    r"\s+(?:today|tonight|tomorrow|now|right now|please|like|this week(?:end)?)\b.*$", re.IGNORECASE
)


def arguments_in(said: str, tool: str, schema: Json) -> dict[str, object]:
    """The arguments that the sentence gives, by their names. `tool` has the words for the tool."""
    properties: Json = schema.get("properties", {})
    words = _Words(said, tool)
    found: dict[str, object] = {}
    for take in (
        _value_of_enum,
        _special,
        words.number_for,
        words.identifier_for,
        words.quoted_for,
    ):
        for name, spec in properties.items():
            if name not in found and (value := take(said, name, _plain(spec))) is not None:
                found[name] = value
    for name in _texts(properties, schema.get("required", ())):
        if name not in found and (text := words.object()):
            found[name] = text
            break
    return found


class _Words:
    """The words of a sentence, each of which is taken for one argument."""

    def __init__(self, said: str, tool: str) -> None:
        self._said = said
        self._tool = meanings(tool.replace("_", " "))
        self._quoted = _QUOTED.findall(said)
        self._codes = [each.lstrip("#") for each in _CODE.findall(said)]
        self._numbers = _NUMBER.findall(_DATE.sub(" ", said))
        self._taken: set[str] = set()

    def number_for(self, _: str, __: str, spec: Json) -> object:
        """The next number, for a number."""
        kind = spec.get("type")
        if kind == "array" and _plain(spec.get("items")).get("type") in ("integer", "number"):
            return [float(each) for each in self._numbers] or None
        if kind not in ("integer", "number"):
            return None
        number = self._next(self._numbers)
        if number is None or (kind == "integer" and "." in number):
            return None
        return int(number) if kind == "integer" else float(number)

    def identifier_for(self, _: str, name: str, spec: Json) -> object:
        """The next code, for a text that is called a number, a code or an id."""
        if not _is_text(spec) or not identifies(name, spec):
            return None
        return self._next(self._codes)

    def quoted_for(self, _: str, __: str, spec: Json) -> object:
        """The next quoted words, for a text."""
        return self._next(self._quoted) if _is_text(spec) else None

    def object(self) -> str | None:
        """What the sentence is about, by its prepositions."""
        for place in _PLACES:
            for found in place.finditer(self._said):
                text = _FIGURES.sub("", _TIME.sub("", found[1])).strip()
                named = meanings(text) <= self._tool
                if text and not text[0].isdigit() and text not in self._taken and not named:
                    return text
        names = [part for part in unknown_chinese(self._said) if len(part) > 1]
        return names[0] if len(names) == 1 else None

    def _next(self, values: list[str]) -> str | None:
        for value in values:
            if value not in self._taken:
                self._taken.add(value)
                return value
        return None


def _value_of_enum(said: str, _: str, spec: Json) -> object:
    """A value that stands in the sentence, or that means what it says."""
    values = [each for each in spec.get("enum", ()) if isinstance(each, str)]
    lower = said.lower()
    for value in values:
        if re.search(rf"(?<!\w){re.escape(value.lower().replace('_', ' '))}(?!\w)", lower):
            return value
    wanted = meanings(said)
    fitting = [value for value in values if meanings(value.replace("_", " ")) & wanted]
    return fitting[0] if len(fitting) == 1 else None


def _special(said: str, name: str, spec: Json) -> object:
    """An e-mail address, a URL or a date, for an argument that is one."""
    if not _is_text(spec):
        return None
    words = f"{name.lower()} {spec.get('format', '')} {str(spec.get('description', '')).lower()}"
    for wanted, pattern in ((_FOR_EMAIL, _EMAIL), (_FOR_URL, _URL), (_FOR_DATE, _DATE)):
        if wanted.search(words) and (match := pattern.search(said)):
            return match[0]
    return None


def _texts(properties: Json, required: Iterable[str]) -> Iterator[str]:
    """Texts without a fixed form that may not be null, the required ones first."""
    needed = set(required)
    for name, spec in sorted(properties.items(), key=lambda each: each[0] not in needed):
        if _is_text(spec):
            yield name


def _is_text(spec: Json) -> bool:
    return spec.get("type") == "string" and "enum" not in spec


def _plain(spec: object) -> Json:
    """A schema, or the branch of it that is not null."""
    if not isinstance(spec, Mapping):
        return {}
    for branch in spec.get("anyOf", ()):
        if isinstance(branch, Mapping) and branch.get("type") != "null":
            return {**spec, **branch}
    return spec


def missing_in(arguments: Json, schema: Json) -> list[str]:
    """Required arguments that nobody has given and that have no value of their own."""
    properties: Json = schema.get("properties", {})
    return [
        name
        for name in schema.get("required", ())
        if name not in arguments and not _goes_without(properties.get(name, {}))
    ]


def _goes_without(spec: Json) -> bool:
    nullable = any(each.get("type") == "null" for each in spec.get("anyOf", ()))
    return nullable or "default" in spec or "const" in spec or spec.get("type") == "boolean"
