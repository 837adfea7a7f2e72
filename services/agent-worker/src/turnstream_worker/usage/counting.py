"""Tokens of a model call: as its server counted them, or estimated where it told nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

BYTES_PER_TOKEN = 4
"""Bytes of UTF-8, by the usual rule of thumb for English. Other scripts come near: a Chinese
character has three bytes and about one token."""
_ATTACHED = 1_000
"""Tokens for a file or picture inside a request: what a picture of usual size has."""
_FILE_FIELDS = frozenset({"image_url", "file_data", "data", "url"})
_DETAILS = {
    "in": ("input_tokens_details", "input_token_details", "prompt_tokens_details"),
    "out": ("output_tokens_details", "output_token_details", "completion_tokens_details"),
}
"""How Responses, pictures and sound, and Chat Completions name them."""
_MOST = 2**53 - 1


class Tokens(NamedTuple):
    """Tokens by kind. The names are those of `ModelUsage`."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    requests: int = 1


def tokens_of(usage: object) -> Tokens | None:
    """The counts of a usage, as an object or as data; None where it tells of no token.

    Some servers leave fields out, send null or texts. What is no count is 0. The parts of a whole
    are never more than the whole.
    """
    details_in, details_out = _details(usage, *_DETAILS["in"]), _details(usage, *_DETAILS["out"])
    got = _count(usage, "input_tokens") or _count(usage, "prompt_tokens")
    given = _count(usage, "output_tokens") or _count(usage, "completion_tokens")
    if not got and not given:
        return None
    return Tokens(
        input_tokens=got,
        cached_input_tokens=min(got, _count(details_in, "cached_tokens")),
        output_tokens=given,
        reasoning_tokens=min(given, _count(details_out, "reasoning_tokens")),
        audio_input_tokens=min(got, _count(details_in, "audio_tokens")),
        audio_output_tokens=min(given, _count(details_out, "audio_tokens")),
        requests=max(1, _count(usage, "requests")),
    )


def estimated(asked: object, answered: int = 0) -> Tokens:
    """About how many tokens a request has, and an answer of so many bytes."""
    return Tokens(
        input_tokens=_size(asked) // BYTES_PER_TOKEN + 1,
        output_tokens=answered // BYTES_PER_TOKEN,
    )


def _details(usage: object, *names: str) -> object:
    found = next((found for name in names if (found := _field(usage, name))), None)
    # The SDK's own class may hold a list of one.
    return found[0] if isinstance(found, list) and found else found


def _count(usage: object, name: str) -> int:
    value = _field(usage, name)
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), _MOST)


def _field(usage: object, name: str) -> Any:
    return usage.get(name) if isinstance(usage, Mapping) else getattr(usage, name, None)


def _size(value: object) -> int:
    """Bytes of all texts in a request. A file in it counts as a picture does."""
    match value:
        case str():
            return len(value.encode("utf-8", "replace"))
        case list() | tuple():
            return sum(map(_size, value))
        case dict():
            return sum(_size_of_field(name, each) for name, each in value.items())
    return 0


def _size_of_field(name: object, value: object) -> int:
    if name in _FILE_FIELDS and isinstance(value, str):
        return _ATTACHED * BYTES_PER_TOKEN
    return _size(value)
