"""Responses: how a stream ends, and errors inside one that began with status 200."""

from typing import Any

from .changes import DROP, all_of, before, edited, last_of_all, replaced, setting, without
from .chat_ends import DONE, RETRIED
from .dialect import Dialect, Fails, Right
from .responses import completed, event, in_response, item_added, of, text_delta
from .stream import Change, Event, Json, Part

PASSES = Fails("model_unavailable", tries=RETRIED)


def _cut_at(kind: str, **fields: Any) -> Change:
    """The first piece of text, then an end of another kind, with the response as it stands."""

    def change(parts: list[Part]) -> list[Part]:
        first = next(n for n, p in enumerate(parts) if isinstance(p, Event) and text_delta(p))
        response: Json = _response(parts) | {"output": []} | fields
        end = event(kind, response=response)
        return [*parts[: first + 1], end]

    return change


def _at_once(*instead: Part) -> Change:
    return lambda parts: [*parts[:2], *instead]


def _failed_at_once(kind: str, **fields: Any) -> Change:
    def change(parts: list[Part]) -> list[Part]:
        return [*parts[:2], event(kind, response=_response(parts) | {"output": []} | fields)]

    return change


def _response(parts: list[Part]) -> Json:
    document = next(p.document for p in parts if isinstance(p, Event) and completed(p))
    response: Json = document["response"]
    return response


def _error(code: str, message: str = "Something went wrong.") -> Json:
    return {"status": "failed", "error": {"code": code, "message": message}, "usage": None}


def _renamed(kind: str) -> Change:
    return replaced(
        completed, lambda each: [Event({**each.document, "type": kind}, kind, terminal=True)]
    )


def _nothing_said(parts: list[Part]) -> list[Part]:
    end = next(p for p in parts if isinstance(p, Event) and completed(p))
    emptied = edited(lambda document: document["response"].update(output=[]))([end])
    return [*parts[:2], *emptied]


def _empty_message(parts: list[Part]) -> list[Part]:
    def edit(document: Json) -> object:
        if (document.get("item") or {}).get("type") == "function_call":
            return DROP
        if document.get("item"):
            document["item"]["content"] = []
        output = document.get("response", {}).get("output") or []
        if output:
            document["response"]["output"] = [{**output[0], "content": []}]
        return None

    deltas = of(
        "content_part.added",
        "content_part.done",
        "output_text.delta",
        "output_text.done",
        "function_call_arguments.delta",
        "function_call_arguments.done",
    )
    return all_of(without(deltas), edited(edit))(parts)


ENDS = (
    Dialect(
        "[DONE] at the end",
        "`[DONE]` follows the last event.",
        "vLLM, LiteLLM, OpenRouter",
        change=last_of_all(DONE),
    ),
    Dialect(
        "completed twice",
        "The last event comes twice.",
        "gateways that add an end of their own",
        change=replaced(completed, lambda each: [each, each]),
    ),
    Dialect(
        "completed without output",
        "The last event's response has no output at all.",
        "https://github.com/ENTERPILOT/GoModel/pull/831",
        change=in_response(lambda response: response.pop("output"), completed),
    ),
    Dialect(
        "completed with output null",
        "The last event's response has `output: null`.",
        "https://github.com/BerriAI/litellm/pull/32724",
        change=in_response(setting(output=None), completed),
    ),
    Dialect(
        "completed without output and usage",
        "The last event's response has an id and a status, nothing else.",
        "https://github.com/decolua/9router/issues/705",
        change=in_response(
            lambda response: [response.pop(k) for k in {*response} - {"id", "object", "status"}],
            completed,
        ),
    ),
    Dialect(
        "response.done instead of completed",
        "The last event is the realtime API's, with the whole response in it.",
        "gateways in front of realtime models",
        change=_renamed("response.done"),
    ),
    Dialect(
        "completed missing",
        "The stream ends after the last item.",
        "https://github.com/decolua/9router/pull/1648",
        change=without(completed),
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "no frame at all",
        "The body of the stream is empty.",
        "gateways whose upstream is gone",
        change=lambda _: [],
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "nothing but [DONE]",
        "The stream holds `[DONE]` and nothing else.",
        "gateways whose upstream is gone",
        change=lambda _: [DONE],
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "empty answer",
        "The response is completed, and its output is empty.",
        "https://github.com/Wei-Shaw/sub2api/pull/5415",
        change=_nothing_said,
        outcome=Fails("empty_answer"),
    ),
    Dialect(
        "empty message",
        "The response is completed, and its message has no content.",
        "small models on Ollama and llama.cpp",
        change=_empty_message,
        outcome=Fails("empty_answer"),
    ),
    Dialect(
        "failed with server_error",
        "`response.failed` for a fault of the server.",
        "https://github.com/langchain-ai/langchain/pull/39041",
        change=_failed_at_once("response.failed", **_error("server_error")),
        outcome=PASSES,
    ),
    Dialect(
        "failed with server_error after half",
        "The same in the middle of a text.",
        "https://github.com/langchain-ai/langchain/pull/39041",
        change=_cut_at("response.failed", **_error("server_error")),
        outcome=PASSES,
    ),
    Dialect(
        "failed with server_error once",
        "The same, and the next try is answered.",
        "https://github.com/langchain-ai/langchain/pull/39041",
        change=_cut_at("response.failed", **_error("server_error")),
        once=True,
        outcome=Right(tries=2),
    ),
    Dialect(
        "failed with rate_limit_exceeded",
        "`response.failed` for a rate limit.",
        "OpenAI's own API, Azure OpenAI",
        change=_failed_at_once("response.failed", **_error("rate_limit_exceeded")),
        outcome=Fails("model_rate_limited", tries=RETRIED),
    ),
    Dialect(
        "failed with an unknown code",
        "`response.failed` with a code of the vendor's own, which says overload.",
        "gateways in front of Anthropic: `overloaded_error`",
        change=_failed_at_once("response.failed", **_error("overloaded_error", "Overloaded")),
        outcome=PASSES,
    ),
    Dialect(
        "failed with invalid_prompt",
        "`response.failed` for a prompt that is not allowed.",
        "OpenAI's own API",
        change=_failed_at_once("response.failed", **_error("invalid_prompt")),
        outcome=Fails("content_filtered"),
    ),
    Dialect(
        "failed with context_length_exceeded",
        "The conversation is too long for the model.",
        "Azure OpenAI, LM Studio",
        change=_failed_at_once("response.failed", **_error("context_length_exceeded")),
        outcome=Fails("context_too_long"),
    ),
    Dialect(
        "failed without error",
        "`response.failed` and no error in it.",
        "gateways that build the Responses API on Chat Completions",
        change=_failed_at_once("response.failed", status="failed", error=None, usage=None),
        outcome=PASSES,
    ),
    Dialect(
        "completed with status failed",
        "The last event is `response.completed`, and the response in it has failed.",
        "vLLM in older versions, gateways",
        change=_failed_at_once("response.completed", **_error("server_error")),
        outcome=PASSES,
    ),
    Dialect(
        "incomplete by length",
        "The answer reached the limit of its length.",
        "every server with `max_output_tokens`",
        change=_cut_at(
            "response.incomplete",
            status="incomplete",
            incomplete_details={"reason": "max_output_tokens"},
        ),
        outcome=Fails("answer_cut_by_length"),
    ),
    Dialect(
        "incomplete by content_filter",
        "The content filter stopped the answer.",
        "Azure OpenAI",
        change=_cut_at(
            "response.incomplete",
            status="incomplete",
            incomplete_details={"reason": "content_filter"},
        ),
        outcome=Fails("content_filtered"),
    ),
    Dialect(
        "incomplete inside completed",
        "The last event is `response.completed`, and the response in it is incomplete.",
        "LiteLLM's proxy in front of chat models",
        change=_cut_at(
            "response.completed",
            status="incomplete",
            incomplete_details={"reason": "max_output_tokens"},
        ),
        outcome=Fails("answer_cut_by_length"),
    ),
    Dialect(
        "incomplete without a reason",
        "The response is incomplete, and nobody says why.",
        "gateways that build the Responses API on Chat Completions",
        change=_cut_at("response.incomplete", status="incomplete", incomplete_details=None),
        outcome=Fails("answer_cut_by_length"),
    ),
    Dialect(
        "cancelled",
        "The server cancelled the response.",
        "Azure OpenAI when a deployment is changed",
        change=_cut_at("response.cancelled", status="cancelled"),
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "error event server_error",
        "An `error` event with a code, instead of the answer.",
        "OpenAI's own API at times of trouble",
        change=_at_once(event("error", code="server_error", message="Oops", param=None)),
        outcome=PASSES,
    ),
    Dialect(
        "error event rate_limit_exceeded",
        "An `error` event for a rate limit.",
        "OpenAI's own API, Azure OpenAI",
        change=_at_once(event("error", code="rate_limit_exceeded", message="Slow", param=None)),
        outcome=Fails("model_rate_limited", tries=RETRIED),
    ),
    Dialect(
        "error event nested",
        "The error stands in an object inside the event.",
        "Azure OpenAI, Codex backends",
        change=_at_once(
            event("error", error={"type": "server_error", "code": "502", "message": "Bad gateway"})
        ),
        outcome=PASSES,
    ),
    Dialect(
        "error event without a code",
        "An `error` event with a sentence alone.",
        "vLLM, SGLang",
        change=_at_once(event("error", message="Engine died", code=None, param=None)),
        outcome=PASSES,
    ),
    Dialect(
        "error event invalid_api_key",
        "The key is refused inside the stream.",
        "gateways that check keys upstream",
        change=_at_once(event("error", code="invalid_api_key", message="Key", param=None)),
        outcome=Fails("model_key_refused"),
    ),
    Dialect(
        "error event insufficient_quota",
        "The account has no money left.",
        "OpenAI's own API",
        change=_at_once(event("error", code="insufficient_quota", message="Pay", param=None)),
        outcome=Fails("model_out_of_credit"),
    ),
    Dialect(
        "error event response.error",
        "The event's type is `response.error`.",
        "gateways in front of realtime models",
        change=_at_once(event("response.error", error={"code": "server_error", "message": "Oops"})),
        outcome=PASSES,
    ),
    Dialect(
        "error in the Chat API's shape",
        "A frame holds `error` without a type.",
        "LiteLLM's proxy when its upstream fails in a stream",
        change=_at_once(Event({"error": {"message": "Upstream", "code": 502}})),
        outcome=PASSES,
    ),
)

EVENTS = (
    Dialect(
        "no event lines",
        "Frames have no `event:` line; the type is in the data.",
        "vLLM, LiteLLM, OpenRouter",
        change=lambda parts: [
            Event(p.data, None, p.delta, p.terminal) if isinstance(p, Event) else p for p in parts
        ],
    ),
    Dialect(
        "type in the event line only",
        "The data has no `type`; the `event:` line says it.",
        "small servers of one file",
        change=edited(lambda document: document.pop("type") and None),
    ),
    Dialect(
        "no sequence numbers",
        "Events are not numbered.",
        "https://github.com/Blaizzy/mlx-vlm/pull/494",
        change=edited(lambda document: document.pop("sequence_number", None) and None),
    ),
    Dialect(
        "sequence numbers all 0",
        "Every event has the number 0.",
        "gateways that build the Responses API on Chat Completions",
        change=edited(setting(sequence_number=0)),
    ),
    Dialect(
        "sequence numbers null",
        "Every event's number is null.",
        "gateways that serialize all their fields",
        change=edited(setting(sequence_number=None)),
    ),
    Dialect(
        "unknown events",
        "Events that OpenAI does not have stand between the others.",
        "Codex backends: `codex.rate_limits`, `response.metadata`",
        change=all_of(
            before(text_delta, event("codex.rate_limits", plan="free")),
            before(item_added, event("response.metadata", headers={})),
        ),
    ),
    Dialect(
        "keepalive events",
        "An event `keepalive` comes while the model thinks.",
        "OpenAI's own API for long thoughts, Azure OpenAI",
        change=before(item_added, event("keepalive")),
    ),
    Dialect(
        "ping events without a type",
        "An event named `ping` with empty data.",
        "gateways in front of Anthropic's API",
        change=before(item_added, Event({}, "ping")),
    ),
    Dialect(
        "response.queued first",
        "The response waits before it is in progress.",
        "Azure OpenAI, background responses",
        change=before(of("in_progress"), event("response.queued", response={"id": "resp_1"})),
    ),
    Dialect(
        "obfuscation",
        "Deltas carry padding.",
        "OpenAI's own API: `obfuscation`",
        change=edited(setting(obfuscation="aB3"), text_delta),
    ),
    Dialect(
        "comments between events",
        "Comments keep the connection alive.",
        "OpenRouter: `: OPENROUTER PROCESSING`",
        change=before(item_added, b": OPENROUTER PROCESSING\n\n", b": \n\n"),
    ),
)
