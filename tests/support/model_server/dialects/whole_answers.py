"""Both APIs: answers that are not streamed, as titles and checks ask for them."""

import json
from collections.abc import Callable
from copy import deepcopy

from .changes import dropping, setting
from .chat_calls import ARGUMENTS, NOT_RUN, SECOND_CITY
from .chat_ends import RETRIED
from .dialect import Dialect, Fails, Right
from .stream import Json

Edit = Callable[[Json], object]
SMALL = "small servers of one file"
GATEWAYS = "gateways that serialize all their fields"
BOTH = Right(cities=("Oslo", SECOND_CITY))


def _whole(name: str, says: str, source: str, edit: Edit, outcome: Right | Fails) -> Dialect:
    return Dialect(f"whole: {name}", says, source, edit_whole=edit, outcome=outcome)


def _in_choice(edit: Edit) -> Edit:
    return lambda answer: edit(answer["choices"][0])


def _in_message(edit: Edit) -> Edit:
    return lambda answer: edit(answer["choices"][0]["message"])


def _in_calls(edit: Edit) -> Edit:
    return _in_message(lambda message: [edit(call) for call in message.get("tool_calls") or ()])


def _instead(**fields: object) -> Edit:
    def edit(answer: Json) -> None:
        answer.clear()
        answer.update(deepcopy(fields))

    return edit


def _two(edit: Callable[[Json, Json], object]) -> Edit:
    def both(message: Json) -> None:
        for one in list(message.get("tool_calls") or ()):
            other = deepcopy(one)
            other["id"] += "b"
            other["function"]["arguments"] = json.dumps({"city": SECOND_CITY})
            edit(one, other)
            message["tool_calls"].append(other)

    return _in_message(both)


def _content_of_parts(message: Json) -> None:
    if message["content"]:
        thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
        message["content"] = [thought, {"type": "text", "text": message["content"]}]


def _legacy(choice: Json) -> None:
    calls = choice["message"].pop("tool_calls", None)
    if calls:
        choice["message"]["function_call"] = calls[0]["function"]
        choice["finish_reason"] = "function_call"


def _nothing_said(finish: str) -> Edit:
    def edit(choice: Json) -> None:
        choice["message"] = {"role": "assistant", "content": ""}
        choice["finish_reason"] = finish

    return _in_choice(edit)


CHAT = (
    _whole("usage missing", "No counts.", SMALL, dropping("usage"), Right()),
    _whole("usage null", "The counts are null.", GATEWAYS, setting(usage=None), Right()),
    _whole(
        "usage with null counts",
        "Counts are there and null.",
        "https://github.com/livekit/agents/pull/6596",
        setting(usage={"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}),
        Right(),
    ),
    _whole(
        "id, object, created and model missing",
        "Choices and nothing else.",
        SMALL,
        dropping("id", "object", "created", "model"),
        Right(),
    ),
    _whole(
        "tool_calls null",
        "`tool_calls` is null.",
        GATEWAYS,
        _in_message(lambda message: message.setdefault("tool_calls", None)),
        Right(),
    ),
    _whole(
        "role missing",
        "The message does not say who speaks.",
        SMALL,
        _in_message(dropping("role")),
        Right(),
    ),
    _whole(
        "content missing",
        "A message with calls has no content at all.",
        SMALL,
        _in_message(lambda m: m.pop("content") if m.get("tool_calls") else None),
        Right(texts=("It is 12 °C in Oslo today.",)),
    ),
    _whole(
        "reasoning_content",
        "Thoughts stand beside the text.",
        "DeepSeek's API, vLLM",
        _in_message(setting(reasoning_content="Hm.")),
        Right(),
    ),
    _whole(
        "content as a list of parts",
        "Thoughts and text come as a list of parts.",
        "https://github.com/NousResearch/hermes-agent/pull/4748",
        _in_message(_content_of_parts),
        Right(),
    ),
    _whole(
        "arguments an object",
        "Arguments are an object, not text.",
        "https://github.com/ggml-org/llama.cpp/issues/20198",
        _in_calls(lambda c: c["function"].update(arguments={"city": "Oslo"})),
        Right(),
    ),
    _whole(
        "arguments null",
        "Arguments are null: the model is told that they are missing.",
        SMALL,
        _in_calls(lambda c: c["function"].update(arguments=None)),
        NOT_RUN,
    ),
    _whole(
        "arguments cut short",
        "Arguments are no whole JSON: the model is told so.",
        "small models on every server",
        _in_calls(lambda c: c["function"].update(arguments=ARGUMENTS[:-4])),
        NOT_RUN,
    ),
    _whole("call id missing", "Calls have no id.", SMALL, _in_calls(dropping("id")), Right()),
    _whole(
        "call id empty",
        "A call's id is an empty string.",
        "https://github.com/openai/openai-node/pull/1946",
        _in_calls(setting(id="")),
        Right(),
    ),
    _whole(
        "call id a number", "A call's id is a number.", SMALL, _in_calls(setting(id=7)), Right()
    ),
    _whole("call type missing", "Calls have no type.", SMALL, _in_calls(dropping("type")), Right()),
    _whole(
        "two calls with one id",
        "Two calls share an id.",
        "models that write the ids",
        _two(lambda one, other: other.update(id=one["id"])),
        BOTH,
    ),
    _whole(
        "two calls with empty ids",
        "Two calls, both ids are empty.",
        SMALL,
        _two(lambda one, other: (one.update(id=""), other.update(id=""))),
        BOTH,
    ),
    _whole(
        "legacy function_call",
        "The call comes as `function_call`.",
        "older gateways",
        _in_choice(_legacy),
        Right(),
    ),
    _whole(
        "finish_reason missing",
        "No reason to stop.",
        SMALL,
        _in_choice(dropping("finish_reason")),
        Right(),
    ),
    _whole(
        "finish_reason network_error",
        "The server lost its own connection.",
        "https://github.com/NousResearch/hermes-agent/pull/92161",
        _nothing_said("network_error"),
        Fails("model_unavailable", tries=RETRIED),
    ),
    _whole(
        "finish_reason content_filter, nothing said",
        "The content filter stopped it.",
        "Azure OpenAI",
        _nothing_said("content_filter"),
        Fails("content_filtered"),
    ),
    _whole(
        "finish_reason length, nothing said",
        "The model thought until its limit.",
        "reasoning models",
        _nothing_said("length"),
        Fails("answer_cut_by_length"),
    ),
    _whole(
        "empty answer",
        "The model stops without a word.",
        "small models",
        _nothing_said("stop"),
        Fails("empty_answer"),
    ),
    _whole(
        "choices empty",
        "There is no choice.",
        "gateways whose upstream is gone",
        setting(choices=[]),
        Fails("model_unreadable", tries=RETRIED),
    ),
    _whole(
        "choices null",
        "The choices are null.",
        "gateways whose upstream is gone",
        setting(choices=None),
        Fails("model_unreadable", tries=RETRIED),
    ),
    _whole(
        "error with status 200",
        "An error document.",
        "OpenRouter, DashScope",
        _instead(error={"code": 502, "message": "Upstream failed"}),
        Fails("model_unavailable", tries=RETRIED),
    ),
)


def _failed(code: str) -> Edit:
    return setting(status="failed", output=[], error={"code": code, "message": "Oops"})


def _incomplete(reason: str) -> Edit:
    return setting(status="incomplete", output=[], incomplete_details={"reason": reason})


RESPONSES = (
    _whole(
        "status failed",
        "The response has failed.",
        "OpenAI's own API at times of trouble",
        _failed("server_error"),
        Fails("model_unavailable", tries=RETRIED),
    ),
    _whole(
        "status failed by a rate limit",
        "The response has failed.",
        "Azure OpenAI",
        _failed("rate_limit_exceeded"),
        Fails("model_rate_limited", tries=RETRIED),
    ),
    _whole(
        "incomplete by length",
        "The answer reached its limit.",
        "every server with `max_output_tokens`",
        _incomplete("max_output_tokens"),
        Fails("answer_cut_by_length"),
    ),
    _whole(
        "incomplete by content_filter",
        "The content filter stopped the answer.",
        "Azure OpenAI",
        _incomplete("content_filter"),
        Fails("content_filtered"),
    ),
    _whole(
        "output empty",
        "The response is completed, and its output is empty.",
        "https://github.com/Wei-Shaw/sub2api/pull/5415",
        setting(output=[]),
        Fails("empty_answer"),
    ),
    _whole(
        "output null",
        "The response is completed, and its output is null.",
        GATEWAYS,
        setting(output=None),
        Fails("empty_answer"),
    ),
    _whole(
        "error with status 200",
        "An error document.",
        "OpenRouter",
        _instead(error={"code": 502, "message": "Upstream failed"}),
        Fails("model_unavailable", tries=RETRIED),
    ),
)
