"""What a ChatKit request may hold, counted before it is validated.

Pydantic makes an object of each mistake. A body of a million wrong elements is a million of them:
a gigabyte and seconds in which nobody else is served. So the lists that it validates element by
element are counted first, on plain data, and then no list of mistakes is long.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from turnstream.errors import BadRequest, BodyTooLarge, MessageTooLong, MetadataTooLarge

from turnstream_gateway.settings import GatewaySettings

LONGEST_LISTS = 200
"""Entries of all lists of a request that have a form: parts of a message, attachments, answers."""
LONGEST_ID = 200
"""Characters of an id or a cursor. Ours have about 30; apps may make their own."""
LEAST, MOST = -(2**63), 2**64 - 1
"""Whole numbers that every part reads and writes alike: those of 64 bits."""

_IDS = ("thread_id", "item_id", "attachment_id", "after")
_DICTATION = "input.transcribe"
_CONTAINERS = (dict, list)


class RequestBounds(NamedTuple):
    """What a deployment takes in one request."""

    body: int
    """Bytes of a body."""
    audio: int
    """Bytes of a body that holds dictation."""
    message: int
    """Characters of a message: its parts, its tags and what it quotes."""
    attachments: int
    """Attachments of a message."""
    metadata: int
    """Characters of the metadata of a request."""

    @classmethod
    def of(cls, settings: GatewaySettings) -> "RequestBounds":
        """What the settings say."""
        return cls(
            settings.max_body,
            settings.max_audio,
            settings.max_message,
            settings.max_attachments,
            settings.max_metadata,
        )

    def too_large(self) -> BodyTooLarge:
        """The refusal of a body that is longer than one may be."""
        return BodyTooLarge(
            f"A request body may hold {self.body} bytes (MAX_BODY), and one of dictation "
            f"{self.audio} (MAX_AUDIO)."
        )


def check_bounds(request: object, size: int, bounds: RequestBounds) -> None:
    """Check a body of `size` bytes, as plain data that may be of any form.

    Raises `BodyTooLarge`, `MetadataTooLarge`, `MessageTooLong` and `BadRequest`.
    """
    kind = _member(request, "type")
    if size > bounds.body and kind != _DICTATION:
        raise bounds.too_large()
    params = _mapping(_member(request, "params"))
    given = _mapping(params.get("input"))
    if _entries(params, given) > LONGEST_LISTS:
        raise BadRequest(f"params: its lists hold {LONGEST_LISTS} entries at most")
    if size > LONGEST_ID:
        _check_ids(params, given)
    if size > bounds.metadata:
        metadata = _mapping(_member(request, "metadata"))
        if _characters(metadata, bounds.metadata) > bounds.metadata:
            raise MetadataTooLarge(
                f"Metadata may hold {bounds.metadata} characters (MAX_METADATA)."
            )
    # A character takes a byte at least: most messages need no count.
    if size > bounds.message and _characters(given, bounds.message) > bounds.message:
        raise MessageTooLong(f"A message may hold {bounds.message} characters (MAX_MESSAGE).")
    _check_numbers(request)


def _check_ids(params: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    named = [(name, [params.get(name)]) for name in _IDS]
    listed = [("item_ids", params.get("item_ids")), ("attachments", given.get("attachments"))]
    for name, ids in (*named, *listed):
        for each in ids if isinstance(ids, list) else ():
            if isinstance(each, str) and len(each) > LONGEST_ID:
                raise BadRequest(f"params.{name}: an id holds {LONGEST_ID} characters at most")


def _check_numbers(request: object) -> None:
    # Writing it as JSON is the fastest walk there is: 0.3 us for a message, and it fails for such a
    # number alone, as Pydantic has bounded the depth.
    try:
        orjson.dumps(request)
    except orjson.JSONEncodeError as error:
        path = ".".join(str(step) for step in _path_to_number(request) or ())
        raise BadRequest(
            f"{path}: a whole number has 64 bits at most; send a longer one as text"
        ) from error


def _path_to_number(value: object) -> list[object] | None:
    """Where the first whole number of more than 64 bits stands; None where none does."""
    if isinstance(value, dict):
        inside: Iterable[tuple[object, object]] = value.items()
    else:
        inside = enumerate(value) if isinstance(value, list) else ()
    for step, each in inside:
        if isinstance(each, int):
            if not LEAST <= each <= MOST:
                return [step]
        elif isinstance(each, _CONTAINERS) and (path := _path_to_number(each)) is not None:
            return [step, *path]
    return None


def _entries(params: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    """Entries of the lists that are validated one by one."""
    answers = _mapping(given.get("answers"))
    lists = [params.get("item_ids"), given.get("content"), given.get("attachments"), answers]
    if len(answers) <= LONGEST_LISTS:
        lists += [_member(answer, "values") for answer in answers.values()]
    return sum(len(each) for each in lists if isinstance(each, list | dict))


def _characters(given: Mapping[str, Any], limit: int) -> int:
    """Characters of all text in a message, wherever it stands; those past the limit are left out.

    Half of it may be in the data of tags. A number or an empty list counts as one.
    """
    found, left = 0, [given]
    while left and found <= limit:
        value: Any = left.pop()
        match value:
            case str():
                found += len(value)
            case dict():
                found += sum(map(len, value))
                left += value.values()
            case list():
                found += 1
                left += value
            case _:
                found += 1
    return found


def _member(value: object, name: str) -> object:
    return _mapping(value).get(name)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
