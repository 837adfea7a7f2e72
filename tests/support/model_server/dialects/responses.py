"""What is what in a Responses stream, for the dialects of that API."""

from collections.abc import Callable
from typing import Any

from .changes import Which, edited
from .stream import Change, Event, Json, Part


def event(kind: str, **fields: Any) -> Event:
    """An event as a server sends it."""
    return Event({"type": kind, "sequence_number": 0, **fields}, kind)


def of(*kinds: str) -> Which:
    """Events of these types, named without `response.`."""
    names = {f"response.{kind}" for kind in kinds}
    return lambda event: event.document.get("type") in names


completed = of("completed")
item_added = of("output_item.added")
item_done = of("output_item.done")
part_events = of("content_part.added", "content_part.done")
text_delta = of("output_text.delta")
text_done = of("output_text.done")


def in_response(edit: Callable[[Json], object], which: Which = lambda _: True) -> Change:
    """Edit the response of each event that carries one."""

    def edit_document(document: Json) -> object:
        return edit(document["response"]) if "response" in document else None

    return edited(edit_document, which)


def in_usage(edit: Callable[[Json], object]) -> Change:
    """Edit the counts."""
    return in_response(lambda response: edit(response["usage"]) if response["usage"] else None)


def in_items(edit: Callable[[Json], object], *types: str) -> Change:
    """Edit each output item, in item events and in the whole response."""

    def edit_item(item: Json) -> None:
        if not types or item.get("type") in types:
            edit(item)

    def edit_document(document: Json) -> None:
        if "item" in document:
            edit_item(document["item"])
        for item in document.get("response", {}).get("output") or ():
            edit_item(item)

    return edited(edit_document)


def in_parts(edit: Callable[[Json], object]) -> Change:
    """Edit each content part of each message, wherever it stands."""

    def edit_document(document: Json) -> None:
        if "part" in document:
            edit(document["part"])
        items = [document.get("item") or {}, *(document.get("response", {}).get("output") or ())]
        for item in items:
            if item.get("type") == "message":
                for part in item.get("content") or ():
                    edit(part)

    return edited(edit_document)


def id_of(parts: list[Part]) -> str:
    """The id of the response."""
    documents = (part.document for part in parts if isinstance(part, Event))
    return next(str(each["response"]["id"]) for each in documents if "response" in each)


def is_call(parts: list[Part]) -> bool:
    """An answer that calls a tool."""
    return any(
        isinstance(part, Event) and (part.document.get("item") or {}).get("type") == "function_call"
        for part in parts
    )


def is_answer(parts: list[Part]) -> bool:
    """An answer in text alone."""
    return not is_call(parts)
