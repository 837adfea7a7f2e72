"""What is what in a Chat Completions stream, for the dialects of that API."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from .changes import Which, edited
from .stream import Change, Event, Json, Part


def chunk(delta: Json | None, finish: str | None = None, **fields: Any) -> Event:
    """A chunk of one choice, as a server sends it."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }
    return Event(document | fields)


def ends(event: Event) -> bool:
    """The chunk that names the reason to stop."""
    return any(choice.get("finish_reason") for choice in event.document.get("choices") or ())


def done(event: Event) -> bool:
    """`[DONE]`."""
    return event.data == "[DONE]"


def usage(event: Event) -> bool:
    """The chunk with the counts."""
    return bool(event.document.get("usage"))


def says(event: Event) -> bool:
    """A piece of text."""
    return bool(_delta(event).get("content"))


def calls(event: Event) -> bool:
    """A piece of a tool call."""
    return bool(_delta(event).get("tool_calls"))


def opens(event: Event) -> bool:
    """The first chunk, which names the role."""
    return "role" in _delta(event)


def opens_call(event: Event) -> bool:
    """The first piece of a tool call."""
    return any(call.get("id") for call in _delta(event).get("tool_calls") or ())


def in_delta(edit: Callable[[Json], object], which: Which = lambda _: True) -> Change:
    """Edit each chunk's delta."""

    def edit_document(document: Json) -> None:
        for choice in document.get("choices") or ():
            if isinstance(choice.get("delta"), dict):
                edit(choice["delta"])

    return edited(edit_document, which)


def in_choice(edit: Callable[[Json], object], which: Which = lambda _: True) -> Change:
    """Edit each chunk's choices."""

    def edit_document(document: Json) -> None:
        for choice in document.get("choices") or ():
            edit(choice)

    return edited(edit_document, which)


def in_call(edit: Callable[[Json], object], which: Which = calls) -> Change:
    """Edit each piece of a tool call."""
    return in_delta(lambda delta: [edit(call) for call in delta.get("tool_calls") or ()], which)


def is_answer(parts: list[Part]) -> bool:
    """An answer in text alone."""
    return not is_call(parts)


def is_call(parts: list[Part]) -> bool:
    """An answer that calls a tool."""
    return any(isinstance(part, Event) and calls(part) for part in parts)


def whole_calls(parts: list[Part]) -> list[Part]:
    """The same answer with each tool call in one chunk."""
    opening: Event | None = None
    out: list[Part] = []
    for part in parts:
        if not (isinstance(part, Event) and calls(part)):
            if opening is not None:
                out.append(opening)
                opening = None
            out.append(part)
        elif opens_call(part):
            if opening is not None:
                out.append(opening)
            opening = part.with_data(deepcopy(part.document))
        else:
            assert opening is not None
            piece = _delta(part)["tool_calls"][0]["function"]["arguments"]
            _delta(opening)["tool_calls"][0]["function"]["arguments"] += piece
    return out


def _delta(event: Event) -> Json:
    choices = event.document.get("choices") or [{}]
    delta: Json = choices[0].get("delta") or {}
    return delta
