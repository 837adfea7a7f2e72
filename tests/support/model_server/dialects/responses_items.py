"""Responses: output items, their ids, and the events that announce them."""

from itertools import count
from typing import Any

from .changes import Which, all_of, before, dropping, edited, replaced, setting, without
from .dialect import Dialect
from .responses import (
    completed,
    event,
    id_of,
    in_items,
    in_parts,
    item_added,
    item_done,
    of,
    text_delta,
)
from .stream import Change, Event, Json, Part


def _message_id(item_id: str | None) -> Change:
    """Every message of every response has this id."""

    def edit(document: Json) -> None:
        item = document.get("item") or {}
        if item.get("type") == "message":
            item["id"] = item_id
        if "content_index" in document:
            document["item_id"] = item_id
        for each in document.get("response", {}).get("output") or ():
            if each.get("type") == "message":
                each["id"] = item_id

    return edited(edit)


def _rotating(which: Which) -> Change:
    """Each event that names an item calls it otherwise."""

    def change(parts: list[Part]) -> list[Part]:
        response_id, numbers = id_of(parts), count(1)

        def edit(document: Json) -> None:
            item_id = f"rot_{response_id}_{next(numbers)}"
            if "item_id" in document:
                document["item_id"] = item_id
            if "item" in document:
                document["item"]["id"] = item_id

        return edited(edit, which)(parts)

    return change


def _extra_item(item: Json) -> Change:
    """An item that nobody asked for, before everything else, with events and in the response."""
    return all_of(
        before(
            item_added,
            event("response.output_item.added", output_index=7, item=item),
            event("response.output_item.done", output_index=7, item=item),
        ),
        edited(lambda document: document["response"]["output"].insert(0, item), completed),
    )


IDS = (
    Dialect(
        "message id repeated in every response",
        "Each response calls its message `msg_0`.",
        "servers that count items of a response from zero",
        change=_message_id("msg_0"),
    ),
    Dialect(
        "message id empty",
        "Each message's id is an empty string.",
        "gateways that build the Responses API on Chat Completions",
        change=_message_id(""),
    ),
    Dialect(
        "message id null",
        "Each message's id is null.",
        "gateways that build the Responses API on Chat Completions",
        change=_message_id(None),
    ),
    Dialect(
        "message id missing",
        "Messages have no id; deltas name none.",
        "LM Studio, small servers",
        change=all_of(
            in_items(dropping("id"), "message"),
            edited(
                lambda d: d.pop("item_id", None) and None, lambda e: "content_index" in e.document
            ),
        ),
    ),
    Dialect(
        "item id differs between added and done",
        "An item's last event calls it otherwise than its first.",
        "https://github.com/EricLBuehler/mistral.rs/pull/1944",
        change=_rotating(item_done),
    ),
    Dialect(
        "item id new in each event",
        "No two events agree on an item's id.",
        "GitHub Copilot's Responses API, https://github.com/BerriAI/litellm/issues/30072",
        change=_rotating(lambda _: True),
    ),
    Dialect(
        "item.added missing",
        "Items begin without their first event.",
        "gateways that build the Responses API on Chat Completions",
        change=without(item_added),
    ),
    Dialect(
        "item.done missing",
        "Items end without their last event; the response holds them.",
        "gateways that build the Responses API on Chat Completions",
        change=without(item_done),
    ),
    Dialect(
        "item.added and item.done missing",
        "Nothing but deltas and the whole response.",
        "gateways that build the Responses API on Chat Completions",
        change=without(of("output_item.added", "output_item.done")),
    ),
    Dialect(
        "content_part events missing",
        "Parts begin and end without their events.",
        "Ollama's and llama.cpp's first versions of the API",
        change=without(of("content_part.added", "content_part.done")),
    ),
    Dialect(
        "text.done missing",
        "A text ends without its last event.",
        "Ollama's and llama.cpp's first versions of the API",
        change=without(of("output_text.done")),
    ),
    Dialect(
        "output empty in the end",
        "The last event's response has an empty output, although items were streamed.",
        "https://github.com/BerriAI/litellm/issues/26075",
        change=edited(lambda document: document["response"].update(output=[]), completed),
    ),
    Dialect(
        "annotations missing",
        "Texts have no annotations.",
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1089",
        change=in_parts(dropping("annotations")),
    ),
    Dialect(
        "annotations null",
        "Annotations are null.",
        "https://github.com/openai/openai-agents-python/issues/1616",
        change=in_parts(setting(annotations=None)),
    ),
)
_: Any = (Event, Part, replaced, text_delta, _extra_item)
