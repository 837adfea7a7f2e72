"""Chat Completions: tool calls, their ids, indexes and arguments."""

import json
from collections.abc import Callable
from copy import deepcopy

from .changes import all_of, before, dropping, only_if, setting, without
from .chat import (
    calls,
    chunk,
    ends,
    in_call,
    is_call,
    opens_call,
    whole_calls,
)
from .dialect import Dialect, Fails, Right
from .stream import Change, Event, Json, Part

SECOND_CITY = "Bergen"
BOTH = Right(cities=("Oslo", SECOND_CITY))
NOT_RUN = Right(cities=())
"""The model is told what is wrong with its call, and answers all the same."""
NO_SUCH_TOOL = Fails("agent_error")
"""What the Agents SDK makes of a call to a tool that the agent does not have."""
ARGUMENTS = json.dumps({"city": "Oslo"})


def _later(event: Event) -> bool:
    return calls(event) and not opens_call(event)


def in_function(edit: Callable[[Json], object]) -> Callable[[Json], object]:
    """Edit the function of a call."""
    return lambda call: edit(call["function"])


def _two(edit: Callable[[Json, Json], object]) -> Change:
    """Two calls, each in one chunk; the edit sees both."""

    def change(parts: list[Part]) -> list[Part]:
        out: list[Part] = []
        for part in whole_calls(parts):
            if not (isinstance(part, Event) and calls(part)):
                out.append(part)
                continue
            first, second = deepcopy(part.document), deepcopy(part.document)
            one = first["choices"][0]["delta"]["tool_calls"][0]
            other = second["choices"][0]["delta"]["tool_calls"][0]
            other |= {"index": 1, "id": f"{one['id']}b"}
            other["function"]["arguments"] = json.dumps({"city": SECOND_CITY})
            edit(one, other)
            out += [part.with_data(first), part.with_data(second)]
        return out

    return change


def _in_pieces_at_index_0(parts: list[Part]) -> list[Part]:
    """Two calls in pieces, all of index 0; only the opening pieces have an id."""
    opening = next(p for p in parts if isinstance(p, Event) and opens_call(p))
    later = [p for p in parts if isinstance(p, Event) and _later(p)]
    again = in_call(lambda call: call.update(id=f"{call['id']}b"))([opening])
    rest: list[Part] = [
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        for piece in ('{"city": ', f'"{SECOND_CITY}"}}')
    ]
    at = parts.index(later[-1]) + 1
    return [*parts[:at], *again, *rest, *parts[at:]]


CALL_SHAPES = (
    Dialect(
        "call in one chunk",
        "A tool call comes whole.",
        "Google Gemini's OpenAI endpoint, Mistral, Ollama",
        change=whole_calls,
    ),
    Dialect(
        "call and end in one chunk",
        "The chunk with the whole call names the reason to stop.",
        "Mistral's API",
        change=only_if(
            is_call,
            all_of(
                whole_calls,
                without(ends),
                lambda parts: [
                    p.with_data(_ended(p.document)) if isinstance(p, Event) and calls(p) else p
                    for p in parts
                ],
            ),
        ),
    ),
    Dialect(
        "call index missing",
        "Calls have no index.",
        "https://github.com/openai/openai-python/issues/2806",
        change=in_call(dropping("index")),
    ),
    Dialect(
        "call index missing, in one chunk",
        "A whole call without an index, beside a thought's signature.",
        "https://github.com/THU-MAIC/OpenMAIC/issues/1556",
        change=all_of(
            whole_calls,
            in_call(dropping("index")),
            in_call(setting(extra_content={"google": {"thought_signature": "c2lnbmF0dXJl"}})),
        ),
    ),
    Dialect(
        "call index null",
        "A call's index is null.",
        "https://github.com/ollama/ollama/issues/7881",
        change=in_call(setting(index=None)),
    ),
    Dialect(
        "call index from one",
        "The only call has the index 1.",
        "gateways in front of Anthropic, which count the text as the first block",
        change=in_call(setting(index=1)),
    ),
    Dialect(
        "call index as a string",
        "A call's index is a number in quotes.",
        "small gateways",
        change=in_call(setting(index="0")),
    ),
    Dialect(
        "two calls with their own indexes",
        "Two calls as OpenAI sends them, each in one chunk.",
        "every server with parallel calls",
        change=only_if(is_call, _two(lambda one, other: None)),
        outcome=BOTH,
    ),
    Dialect(
        "two calls of index 0",
        "Every call has the index 0; their ids differ.",
        "https://github.com/ollama/ollama/issues/15457",
        change=only_if(is_call, _two(lambda one, other: other.update(index=0))),
        outcome=BOTH,
    ),
    Dialect(
        "two calls of index 0 in pieces",
        "Every piece has the index 0; a new id begins a new call.",
        "https://github.com/BerriAI/litellm/issues/33678",
        change=only_if(is_call, _in_pieces_at_index_0),
        outcome=BOTH,
    ),
    Dialect(
        "two calls without index",
        "Two calls, neither with an index.",
        "https://github.com/QuantumNous/new-api/pull/2701",
        change=only_if(is_call, _two(lambda one, other: (one.pop("index"), other.pop("index")))),
        outcome=BOTH,
    ),
    Dialect(
        "two calls with one id",
        "Two calls with different indexes share an id.",
        "models that write the ids themselves, behind vLLM's Mistral parser",
        change=only_if(is_call, _two(lambda one, other: other.update(id=one["id"]))),
        outcome=BOTH,
    ),
    Dialect(
        "two calls with empty ids",
        "Two calls, both ids are empty.",
        "https://github.com/earendil-works/pi/issues/4854",
        change=only_if(is_call, _two(lambda one, other: (one.update(id=""), other.update(id="")))),
        outcome=BOTH,
    ),
)


def _ended(document: Json) -> Json:
    ended = deepcopy(document)
    ended["choices"][0]["finish_reason"] = "tool_calls"
    return ended


CALL_IDS = (
    Dialect(
        "call id missing",
        "Calls have no id.",
        "https://github.com/vllm-project/vllm/issues/18412",
        change=in_call(dropping("id")),
    ),
    Dialect(
        "call id null",
        "A call's id is null.",
        "https://github.com/vllm-project/vllm/issues/18412",
        change=in_call(setting(id=None)),
    ),
    Dialect(
        "call id empty",
        "A call's id is an empty string.",
        "https://github.com/openai/openai-node/pull/1946",
        change=in_call(setting(id="")),
    ),
    Dialect(
        "call id a number",
        "A call's id is a number.",
        "small servers that count calls",
        change=in_call(lambda call: call.update(id=7) if "id" in call else None),
    ),
    Dialect(
        "call id the same in every response",
        "Each response calls its first call `call_0`.",
        "servers that count calls of a response from zero",
        change=in_call(lambda call: call.update(id="call_0") if "id" in call else None),
    ),
    Dialect(
        "call id in every piece",
        "Every piece of a call repeats its id and type.",
        "xAI, DashScope, Together AI",
        change=in_call(setting(id="call_same", type="function")),
    ),
    Dialect(
        "call id changes",
        "Every piece of a call has another id.",
        "LiteLLM in front of Ollama: https://github.com/BerriAI/litellm/pull/37792",
        change=lambda parts: [
            in_call(setting(id=f"call_{number}"))([part])[0] for number, part in enumerate(parts)
        ],
    ),
    Dialect(
        "call id and name null later",
        "Later pieces have `id: null` and `name: null`.",
        "https://github.com/sgl-project/sglang/pull/35542",
        change=all_of(
            in_call(setting(id=None, type=None), _later),
            in_call(in_function(setting(name=None)), _later),
        ),
    ),
    Dialect(
        "call id and name empty later",
        "Later pieces have an empty id, type and name.",
        "https://github.com/AstrBotDevs/AstrBot/issues/6661",
        change=all_of(
            in_call(setting(id="", type=""), _later), in_call(in_function(setting(name="")), _later)
        ),
    ),
    Dialect(
        "call type missing",
        "Calls have no type.",
        "https://github.com/vllm-project/vllm/pull/38640",
        change=in_call(dropping("type")),
    ),
    Dialect(
        "call type null",
        "A call's type is null.",
        "https://github.com/vllm-project/vllm/pull/38640",
        change=in_call(setting(type=None)),
    ),
    Dialect(
        "call name in every piece",
        "Every piece of a call repeats the name.",
        "DashScope, older vLLM parsers",
        change=in_call(in_function(setting(name="look_up"))),
    ),
    Dialect(
        "call with an empty tail",
        "A last piece of a call holds nothing.",
        "https://github.com/vllm-project/vllm/pull/38640",
        change=only_if(
            is_call,
            before(
                ends,
                chunk({"tool_calls": [{"index": 0, "function": {"arguments": ""}}]}),
                chunk({"tool_calls": [{"index": 0, "id": None, "type": None, "function": None}]}),
            ),
        ),
    ),
    Dialect(
        "call beside text",
        "Text goes on after the call.",
        "https://github.com/sgl-project/sglang/issues/29441",
        change=only_if(is_call, before(ends, chunk({"content": ""}))),
    ),
)
