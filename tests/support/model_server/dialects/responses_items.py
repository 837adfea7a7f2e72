"""Responses: output items, their ids, and the events that announce them."""

from itertools import count
from typing import Any

from .changes import Which, all_of, before, dropping, edited, without
from .dialect import Dialect, Fails
from .responses import (
    completed,
    event,
    id_of,
    in_items,
    item_added,
    item_done,
    of,
)
from .stream import Change, Json, Part

GATEWAYS = "gateways that build the Responses API on Chat Completions"


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


def rotated(which: Which) -> Change:
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


def renamed_id(document: Json) -> None:
    """A call has `item_id` instead of `id`, and its place inside."""
    items = [document.get("item") or {}, *(document.get("response", {}).get("output") or ())]
    for item in items:
        if item.get("type") == "function_call" and "id" in item:
            item |= {"item_id": item.pop("id"), "output_index": 1}


def into_output(document: Json, item: Json) -> None:
    """Put an item first into the output of the response, if it has one."""
    output = document["response"].get("output")
    if output:
        output.insert(0, item)


def _extra_item(item: Json) -> Change:
    """An item that nobody asked for, before everything else, with events and in the response."""
    return all_of(
        before(
            item_added,
            event("response.output_item.added", output_index=7, item=item),
            event("response.output_item.done", output_index=7, item=item),
        ),
        edited(lambda document: into_output(document, item), completed),
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
        "https://github.com/EricLBuehler/mistral.rs/issues/1944",
        change=rotated(item_done),
    ),
    Dialect(
        "item id new in each event",
        "No two events agree on an item's id.",
        "https://github.com/BerriAI/litellm/pull/30072",
        change=rotated(lambda _: True),
    ),
    Dialect(
        "call id renamed when done",
        "A call's last event has `item_id` instead of `id`, and its place inside the item.",
        "https://github.com/anomalyco/opencode/pull/46885",
        change=edited(renamed_id, lambda each: item_done(each) or completed(each)),
    ),
    Dialect(
        "item.added missing",
        "Items begin without their first event.",
        "https://github.com/BerriAI/litellm/pull/36375",
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
        "https://github.com/QuantumNous/new-api/issues/4362",
        change=edited(lambda document: document["response"].update(output=[]), completed),
    ),
)

REASONING: Json = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "The user wants the weather."}],
}


def _reasons(**fields: Any) -> Change:
    return _extra_item(REASONING | fields)


EXTRA_ITEMS = (
    Dialect(
        "reasoning item",
        "A thought with a summary comes before the rest, without events of its own.",
        "OpenAI's own API, vLLM",
        change=_reasons(),
    ),
    Dialect(
        "reasoning without summary",
        "A thought has no `summary`.",
        "LM Studio, Ollama",
        change=_extra_item({"type": "reasoning", "id": "rs_1"}),
    ),
    Dialect(
        "reasoning with summary null",
        "A thought's summary is null.",
        GATEWAYS,
        change=_reasons(summary=None),
    ),
    Dialect(
        "reasoning with summary empty",
        "A thought's summary is empty.",
        "OpenAI's own API without summaries",
        change=_reasons(summary=[]),
    ),
    Dialect(
        "reasoning with summary of strings",
        "A thought's summary is a list of texts.",
        GATEWAYS,
        change=_reasons(summary=["The user wants the weather."]),
    ),
    Dialect(
        "reasoning with content",
        "A thought has its whole text as content, with a status.",
        "https://github.com/vllm-project/vllm/pull/24788",
        change=_reasons(
            summary=[],
            content=[{"type": "reasoning_text", "text": "The user wants the weather."}],
            status="completed",
        ),
    ),
    Dialect(
        "reasoning encrypted",
        "A thought is encrypted.",
        "OpenAI's own API with `store: false`",
        change=_reasons(summary=[], encrypted_content="gAAAAAB="),
    ),
    Dialect(
        "reasoning id missing",
        "A thought has no id.",
        GATEWAYS,
        change=_extra_item({"type": "reasoning", "summary": []}),
    ),
    Dialect(
        "web_search_call without action",
        "A hosted search does not say what it did.",
        "xAI, Perplexity, older Azure OpenAI",
        change=_extra_item({"type": "web_search_call", "id": "ws_1", "status": "completed"}),
    ),
    Dialect(
        "web_search_call",
        "The server searched the web by itself.",
        "OpenAI's own API",
        change=_extra_item(
            {
                "type": "web_search_call",
                "id": "ws_1",
                "status": "completed",
                "action": {"type": "search", "query": "weather Oslo"},
            }
        ),
    ),
    Dialect(
        "file_search_call",
        "The server searched files by itself.",
        "OpenAI's own API",
        change=_extra_item(
            {
                "type": "file_search_call",
                "id": "fs_1",
                "status": "completed",
                "queries": ["weather"],
                "results": None,
            }
        ),
    ),
    Dialect(
        "code_interpreter_call",
        "The server ran code by itself.",
        "OpenAI's own API",
        change=_extra_item(
            {
                "type": "code_interpreter_call",
                "id": "ci_1",
                "status": "completed",
                "code": "1+1",
                "container_id": "cntr_1",
                "outputs": None,
            }
        ),
    ),
    Dialect(
        "mcp_list_tools",
        "The server listed the tools of a hosted MCP server.",
        "OpenAI's own API",
        change=_extra_item(
            {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "docs", "tools": []}
        ),
    ),
    Dialect(
        "unknown item",
        "An item of a type that OpenAI does not have.",
        "https://github.com/vercel/ai/issues/10607",
        change=_extra_item({"type": "x_search_call", "id": "xs_1", "status": "completed"}),
    ),
    Dialect(
        "custom_tool_call of the server's own",
        "The server ran a tool of its own and reports it as a custom call.",
        "https://github.com/vercel/ai/issues/10607",
        change=_extra_item(
            {
                "type": "custom_tool_call",
                "id": "ctc_1",
                "call_id": "xs_call_1",
                "name": "x_keyword_search",
                "input": '{"query": "weather"}',
                "status": "completed",
            }
        ),
        outcome=Fails("agent_error"),
    ),
    Dialect(
        "item without a type",
        "An item does not say what it is.",
        GATEWAYS,
        change=_extra_item({"id": "it_1", "status": "completed"}),
    ),
)
