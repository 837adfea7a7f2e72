"""Chat Completions: errors inside a stream that began with status 200."""

import json
from typing import Any

from .chat import says
from .chat_ends import DONE, RETRIED
from .dialect import Dialect, Fails, Right
from .stream import Change, Event, Json, Part

PASSES = Fails("model_unavailable", tries=RETRIED)


def _error(message: str, **fields: Any) -> Event:
    return Event({"error": {"message": message, **fields}})


def _at_once(*parts: Part) -> Change:
    return lambda _: [*parts]


def _after_text(*parts: Part) -> Change:
    def change(answer: list[Part]) -> list[Part]:
        first = next(n for n, p in enumerate(answer) if isinstance(p, Event) and says(p))
        return [*answer[: first + 1], *parts]

    return change


def _in_choice(error: Json) -> Event:
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error", "error": error}
    return Event({"id": "gen-1", "object": "chat.completion.chunk", "choices": [choice]})


ERRORS = (
    Dialect(
        "error frame 502",
        "A data frame holds an error with the code 502, and the stream ends.",
        "https://github.com/damianvtran/local-operator/pull/223",
        change=_at_once(_error("Upstream error", code=502), DONE),
        outcome=PASSES,
    ),
    Dialect(
        "error frame 502 after half",
        "The same in the middle of a text.",
        "https://github.com/damianvtran/local-operator/pull/223",
        change=_after_text(_error("Upstream error", code=502), DONE),
        outcome=PASSES,
    ),
    Dialect(
        "error frame once",
        "The same, and the next try is answered.",
        "https://github.com/damianvtran/local-operator/pull/223",
        change=_after_text(_error("Upstream error", code=502), DONE),
        once=True,
        outcome=Right(tries=2),
    ),
    Dialect(
        "error frame server_error",
        "The error has a type and no number.",
        "vLLM: `InternalServerError` in a stream",
        change=_after_text(
            _error("EngineCore encountered an issue.", type="InternalServerError", code=500), DONE
        ),
        outcome=PASSES,
    ),
    Dialect(
        "error frame rate_limit_exceeded",
        "The error is that of a rate limit.",
        "Groq, Azure OpenAI in a stream",
        change=_at_once(
            _error("Too many", type="rate_limit_error", code="rate_limit_exceeded"), DONE
        ),
        outcome=Fails("model_rate_limited", tries=RETRIED),
    ),
    Dialect(
        "error frame overloaded_error",
        "The error says that the provider is overloaded.",
        "gateways in front of Anthropic",
        change=_after_text(_error("Overloaded", type="overloaded_error"), DONE),
        outcome=PASSES,
    ),
    Dialect(
        "error event",
        "An event named `error` with the error in it.",
        "https://github.com/ggml-org/llama.cpp/issues/14566",
        change=_after_text(
            Event({"error": {"code": 500, "message": "slot gone", "type": "server_error"}}, "error")
        ),
        outcome=PASSES,
    ),
    Dialect(
        "error event as text",
        "An event named `error` whose data is a sentence.",
        "small gateways",
        change=_after_text(Event("upstream connect error", "error")),
        outcome=Fails("model_unreadable", tries=RETRIED),
    ),
    Dialect(
        "error as a string",
        "`error` is a sentence, not an object.",
        "Ollama",
        change=_after_text(Event({"error": "model runner has unexpectedly stopped"})),
        outcome=PASSES,
    ),
    Dialect(
        "error in a choice",
        "A choice ends with `error` and holds the error.",
        "https://github.com/genkit-ai/genkit/pull/6079",
        change=_after_text(_in_choice({"code": 502, "message": "Upstream error"}), DONE),
        outcome=PASSES,
    ),
    Dialect(
        "error beside choices",
        "A chunk has an error and an empty choice that ends with `error`.",
        "https://github.com/damianvtran/local-operator/pull/223",
        change=_after_text(
            Event(
                {
                    "id": "gen-1",
                    "object": "chat.completion.chunk",
                    "error": {"code": "server_error", "message": "Provider disconnected"},
                    "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
                }
            ),
            DONE,
        ),
        outcome=PASSES,
    ),
    Dialect(
        "error beside empty choices",
        "A chunk has an error and `choices: []`.",
        "https://github.com/diegosouzapw/OmniRoute/pull/8210",
        change=_at_once(
            Event(
                {
                    "id": "gen-1",
                    "object": "chat.completion.chunk",
                    "choices": [],
                    "error": {"code": 502, "message": "Worker local total request limit reached"},
                }
            ),
            DONE,
        ),
        outcome=PASSES,
    ),
    Dialect(
        "error null everywhere",
        "Every chunk has `error: null`.",
        "gateways that serialize all their fields",
        change=lambda parts: [
            p.with_data({**p.data, "error": None})
            if isinstance(p, Event) and isinstance(p.data, dict)
            else p
            for p in parts
        ],
    ),
    Dialect(
        "detail instead of an answer",
        "The only frame is FastAPI's `detail`.",
        "servers written with FastAPI",
        change=_at_once(Event({"detail": "Internal Server Error"}), DONE),
        outcome=Fails("model_unreadable", tries=RETRIED),
    ),
    Dialect(
        "error frame 400",
        "The error is that of a bad request: trying again does not help.",
        "OpenRouter, vLLM",
        change=_at_once(
            _error("tools is not supported", type="invalid_request_error", code=400), DONE
        ),
        outcome=Fails("model_request_refused"),
    ),
    Dialect(
        "error frame context_length_exceeded",
        "The conversation is too long for the model: trying again does not help.",
        "https://github.com/ggml-org/llama.cpp/issues/14566",
        change=_at_once(_error("maximum context length", code="context_length_exceeded"), DONE),
        outcome=Fails("context_too_long"),
    ),
    Dialect(
        "error frame invalid_api_key",
        "The key is refused inside the stream.",
        "gateways that check keys upstream",
        change=_at_once(_error("Incorrect API key", code="invalid_api_key"), DONE),
        outcome=Fails("model_key_refused"),
    ),
    Dialect(
        "error frame insufficient_quota",
        "The account has no money left.",
        "gateways in front of OpenAI",
        change=_at_once(
            _error("quota", type="insufficient_quota", code="insufficient_quota"), DONE
        ),
        outcome=Fails("model_out_of_credit"),
    ),
    Dialect(
        "error frame content_filter",
        "The prompt is refused by a content filter inside the stream.",
        "Azure OpenAI behind gateways, DashScope: `data_inspection_failed`",
        change=_at_once(_error("filtered", code="content_filter"), DONE),
        outcome=Fails("content_filtered"),
    ),
    Dialect(
        "html in the stream",
        "A proxy's page instead of frames, under the right content type.",
        "nginx and Cloudflare in front of small servers",
        change=_at_once(b"<html><body>502 Bad Gateway</body></html>\n\n"),
        outcome=Fails("model_unreachable", tries=RETRIED),
    ),
    Dialect(
        "JSON cut in a frame",
        "A frame holds half a document, and the stream goes on.",
        "proxies that cut lines at a length",
        change=_after_text(Event(json.dumps({"choices": [{"delta": {}}]})[:-4]), DONE),
        outcome=Fails("model_unreadable", tries=RETRIED),
    ),
)
