"""Responses: function calls, their ids and arguments."""

import json
from copy import deepcopy

from .changes import all_of, dropping, edited, only_if, setting, without
from .chat_calls import ARGUMENTS, BOTH, NO_SUCH_TOOL, NOT_RUN, SECOND_CITY
from .dialect import Dialect
from .responses import completed, in_items, is_call, of
from .stream import Change, Event, Json, Part

CALL_EVENTS = of("function_call_arguments.delta", "function_call_arguments.done")


def _in_calls(**values: object) -> Change:
    return in_items(setting(**values), "function_call")


def _whole(**values: object) -> Change:
    """The call without events of its arguments, and fields as given, wherever it is whole."""

    def edit(item: Json) -> None:
        if item.get("status") == "completed":
            item.update(deepcopy(values))

    return all_of(without(CALL_EVENTS), in_items(edit, "function_call"))


def _two(*, output_index: int | None = None, call_id: str | None = None) -> Change:
    """Two calls, one after the other."""

    def again(document: Json) -> Json:
        other = deepcopy(document)
        item = other["item"] if "item" in other else other["response"]["output"][-1]
        item["id"] += "b"
        item["call_id"] = call_id if call_id is not None else f"{item['call_id']}b"
        item["arguments"] = item["arguments"] and json.dumps({"city": SECOND_CITY})
        if "item" in other:
            given = output_index if output_index is not None else other["output_index"] + 1
            other["output_index"] = given
        return other

    def change(parts: list[Part]) -> list[Part]:
        shown = [p for p in parts if not (isinstance(p, Event) and CALL_EVENTS(p))]
        events = [
            p
            for p in shown
            if isinstance(p, Event)
            and (p.document.get("item") or {}).get("type") == "function_call"
        ]
        others = [p.with_data(again(p.document)) for p in events]
        at = shown.index(events[-1]) + 1

        def both(document: Json) -> None:
            document["response"]["output"].append(again(document)["response"]["output"][-1])

        return edited(both, completed)([*shown[:at], *others, *shown[at:]])

    calls: list[Change] = [change]
    if call_id is not None:
        calls.append(_in_calls(call_id=call_id))
    return only_if(is_call, all_of(*calls))


CALLS = (
    Dialect(
        "call without arguments events",
        "A call comes whole in its item.",
        "https://github.com/lidge-jun/opencodex/pull/4652",
        change=without(CALL_EVENTS),
    ),
    Dialect(
        "call id missing",
        "A call's item has no id.",
        "https://github.com/earendil-works/pi/issues/9057",
        change=in_items(dropping("id"), "function_call"),
    ),
    Dialect(
        "call id null",
        "A call's item has the id null.",
        "LiteLLM's proxy",
        change=_in_calls(id=None),
    ),
    Dialect(
        "call id the same as call_id",
        "A call's item has the call's id.",
        "vLLM, LM Studio",
        change=in_items(lambda item: item.update(id=item["call_id"]), "function_call"),
    ),
    Dialect(
        "call_id the same in every response",
        "Each response calls its first call `call_0`.",
        "servers that count calls of a response from zero",
        change=_in_calls(call_id="call_0", id="fc_0"),
    ),
    Dialect(
        "call_id empty",
        "A call's id is an empty string.",
        "gateways in front of Google Gemini",
        change=_in_calls(call_id=""),
    ),
    Dialect(
        "call_id null",
        "A call's id is null.",
        "gateways in front of Google Gemini",
        change=_in_calls(call_id=None),
    ),
    Dialect(
        "call_id missing",
        "A call has no `call_id`; its item has an id.",
        "older Ollama and LM Studio",
        change=in_items(dropping("call_id"), "function_call"),
    ),
    Dialect(
        "call_id a number",
        "A call's id is a number.",
        "small servers that count calls",
        change=_in_calls(call_id=7),
    ),
    Dialect(
        "call status missing",
        "A call has no status.",
        "LiteLLM's proxy",
        change=in_items(dropping("status"), "function_call"),
    ),
    Dialect(
        "call status calling",
        "A call's status is `calling`.",
        "vLLM",
        change=_in_calls(status="calling"),
    ),
    Dialect(
        "arguments null",
        "A call's arguments are null: the model is told that they are missing.",
        "LiteLLM's proxy in front of models with tools without parameters",
        change=_whole(arguments=None),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments empty",
        "A call's arguments are an empty string: the model is told that they are missing.",
        "https://github.com/openai/openai-agents-js/pull/499",
        change=_whole(arguments=""),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments an object",
        "Arguments are an object, not text.",
        "https://github.com/ggml-org/llama.cpp/issues/20198",
        change=_whole(arguments={"city": "Oslo"}),
    ),
    Dialect(
        "arguments encoded twice",
        "Arguments are JSON text inside JSON text: the model is told so.",
        "https://github.com/ollama/ollama/pull/12413",
        change=_whole(arguments=json.dumps(ARGUMENTS)),
        outcome=NOT_RUN,
    ),
    Dialect(
        "arguments cut short",
        "Arguments are no whole JSON: the model is told so.",
        "small models on every server",
        change=_whole(arguments=ARGUMENTS[:-4]),
        outcome=NOT_RUN,
    ),
    Dialect(
        "tool unknown",
        "The model calls a tool that does not exist.",
        "small models on every server",
        change=_in_calls(name="find_weather"),
        outcome=NO_SUCH_TOOL,
    ),
    Dialect(
        "two calls",
        "Two calls as OpenAI sends them.",
        "every server with parallel calls",
        change=_two(),
        outcome=BOTH,
    ),
    Dialect(
        "two calls of one output_index",
        "Two calls have the same place in the output.",
        "https://github.com/teabranch/open-responses-server/pull/63",
        change=_two(output_index=1),
        outcome=BOTH,
    ),
    Dialect(
        "two calls with one call_id",
        "Two calls share an id.",
        "models that write the ids themselves, behind vLLM",
        change=_two(call_id="call_same"),
        outcome=BOTH,
    ),
    Dialect(
        "two calls with empty call_ids",
        "Two calls, both ids are empty.",
        "gateways in front of Google Gemini",
        change=_two(call_id=""),
        outcome=BOTH,
    ),
)
