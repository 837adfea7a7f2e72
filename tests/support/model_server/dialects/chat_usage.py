"""Chat Completions: how the tokens are counted, and where the counts stand."""

from typing import Any

from .changes import all_of, before, dropping, edited, setting, without
from .chat import chunk, ends, usage
from .dialect import Dialect
from .stream import Change, Event, Part


def _counted(**counts: Any) -> Change:
    return edited(setting(usage=counts), usage)


def _with_the_end(parts: list[Part]) -> list[Part]:
    """The counts in the chunk that names the reason to stop."""
    counts = next(p.document["usage"] for p in parts if isinstance(p, Event) and usage(p))
    return all_of(without(usage), edited(setting(usage=counts), ends))(parts)


USAGE = (
    Dialect(
        "usage missing",
        "No chunk counts tokens, although the request asks for it.",
        "llama.cpp's server before `stream_options`, text-generation-inference",
        change=without(usage),
    ),
    Dialect(
        "usage null in every chunk",
        "Every chunk has `usage: null` until the last.",
        "https://github.com/router-for-me/CLIProxyAPI/pull/3221",
        change=edited(setting(usage=None), lambda event: not usage(event)),
    ),
    Dialect(
        "usage null at the end",
        "The chunk for the counts has none.",
        "https://github.com/co-l/openfox/pull/236",
        change=edited(setting(usage=None), usage),
    ),
    Dialect(
        "usage with null counts",
        "The counts are there and null.",
        "https://github.com/livekit/agents/pull/6596",
        change=_counted(prompt_tokens=None, completion_tokens=None, total_tokens=None),
    ),
    Dialect(
        "usage without completion_tokens",
        "A count is missing.",
        "https://github.com/livekit/agents/pull/6596",
        change=_counted(prompt_tokens=12, total_tokens=12),
    ),
    Dialect(
        "usage of details alone, early",
        "A chunk in the middle has a `usage` that holds nothing but details.",
        "https://github.com/theopenco/llmgateway/pull/2861",
        change=before(ends, chunk({}, usage={"prompt_tokens_details": {"cached_tokens": 0}})),
    ),
    Dialect(
        "usage in every chunk",
        "Each chunk counts what has come so far.",
        "xAI's API and DashScope with incremental counts",
        change=edited(
            setting(usage={"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}),
            lambda event: not usage(event),
        ),
    ),
    Dialect(
        "usage with the finish_reason",
        "The last chunk of the choice brings the counts; no chunk is without choices.",
        "Mistral's and DeepSeek's API",
        change=_with_the_end,
    ),
    Dialect(
        "usage in x_groq",
        "The counts stand in a field of the vendor's own.",
        "Groq's API",
        change=all_of(
            without(usage),
            edited(setting(x_groq={"id": "req_1", "usage": {"total_tokens": 12}}), ends),
        ),
    ),
    Dialect(
        "usage with details null",
        "`completion_tokens_details` and `prompt_tokens_details` are null.",
        "https://github.com/BerriAI/litellm/issues/22984",
        change=edited(
            lambda document: document["usage"].update(
                completion_tokens_details=None, prompt_tokens_details=None
            ),
            usage,
        ),
    ),
    Dialect(
        "usage of strings",
        "The counts are numbers in quotes.",
        "gateways that copy counts from HTTP headers",
        change=_counted(prompt_tokens="9", completion_tokens="3", total_tokens="12"),
    ),
    Dialect(
        "usage with fractions",
        "The counts are estimates with a fraction.",
        "gateways that divide characters by four",
        change=_counted(prompt_tokens=9.25, completion_tokens=3.5, total_tokens=12.75),
    ),
    Dialect(
        "usage in the Responses API's words",
        "`input_tokens` and `output_tokens` instead of `prompt_tokens` and `completion_tokens`.",
        "https://github.com/router-for-me/CLIProxyAPI/pull/3221",
        change=_counted(input_tokens=9, output_tokens=3, total_tokens=12),
    ),
    Dialect(
        "usage with choices null",
        "The chunk for the counts has `choices: null`, not an empty list.",
        "https://github.com/huggingface/text-generation-inference/pull/3003",
        change=edited(setting(choices=None), usage),
    ),
    Dialect(
        "usage without choices",
        "The chunk for the counts has no `choices` at all.",
        "https://github.com/iflytek/astron-agent/pull/1568",
        change=edited(dropping("choices"), usage),
    ),
    Dialect(
        "usage with an empty choice",
        "The chunk for the counts carries a choice with an empty delta.",
        "Azure OpenAI behind gateways, Cloudflare Workers AI",
        change=edited(setting(choices=[{"index": 0, "delta": {}, "finish_reason": None}]), usage),
    ),
    Dialect(
        "usage before the end",
        "The counts come before the chunk that names the reason to stop.",
        "Google Gemini's OpenAI endpoint",
        change=all_of(
            without(usage),
            before(
                ends,
                chunk({}, usage={"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}),
            ),
        ),
    ),
)
