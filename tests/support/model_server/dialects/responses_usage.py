"""Responses: how the tokens are counted."""

from typing import Any

from .changes import dropping, setting
from .dialect import Dialect
from .responses import in_response, in_usage
from .stream import Json


def _details(name: str, **counts: Any) -> Any:
    return in_usage(lambda usage: usage.update({f"{name}_tokens_details": counts}))


def _in_chat_words(response: Json) -> None:
    if response["usage"]:
        response["usage"] = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def _missing(name: str) -> Dialect:
    return Dialect(
        f"usage without {name}",
        "The count is missing.",
        "gateways that build the Responses API on Chat Completions",
        change=in_usage(dropping(name)),
    )


USAGE = (
    Dialect(
        "usage missing",
        "The response counts nothing.",
        "Ollama's and llama.cpp's first versions of the API",
        change=in_response(dropping("usage")),
    ),
    Dialect(
        "usage null",
        "The response's counts are null.",
        "Hugging Face's responses.js",
        change=in_response(setting(usage=None)),
    ),
    Dialect(
        "usage empty",
        "The counts are an empty object.",
        "small gateways",
        change=in_response(lambda response: response["usage"] and response.update(usage={})),
    ),
    Dialect(
        "usage without details",
        "Neither input nor output tokens have details.",
        "https://github.com/databricks/databricks-ai-bridge/issues/461",
        change=in_usage(dropping("input_tokens_details", "output_tokens_details")),
    ),
    Dialect(
        "usage with details null",
        "The details are null.",
        "https://github.com/openai/openai-agents-python/pull/2141",
        change=in_usage(setting(input_tokens_details=None, output_tokens_details=None)),
    ),
    Dialect(
        "usage with details empty",
        "The details are empty objects.",
        "https://github.com/pydantic/pydantic-ai/pull/2669",
        change=in_usage(setting(input_tokens_details={}, output_tokens_details={})),
    ),
    Dialect(
        "usage without cache_write_tokens",
        "The newest count is missing, as at every server but OpenAI's.",
        "vLLM, SGLang, Azure OpenAI",
        change=_details("input", cached_tokens=0),
    ),
    Dialect(
        "usage without cached_tokens",
        "The count of cached tokens is missing.",
        "https://github.com/jundot/omlx/pull/1008",
        change=_details("input", text_tokens=9),
    ),
    Dialect(
        "usage with counts null",
        "Counts in the details are null.",
        "https://github.com/BerriAI/litellm/issues/22984",
        change=in_usage(
            setting(
                input_tokens_details={"cached_tokens": None, "cache_write_tokens": None},
                output_tokens_details={"reasoning_tokens": None, "text_tokens": 4},
            )
        ),
    ),
    Dialect(
        "usage without reasoning_tokens",
        "The output details do not count thoughts.",
        "LiteLLM's proxy",
        change=_details("output", text_tokens=4),
    ),
    _missing("input_tokens"),
    _missing("output_tokens"),
    _missing("total_tokens"),
    Dialect(
        "usage in the Chat API's words",
        "`prompt_tokens` and `completion_tokens` instead of `input_tokens` and `output_tokens`.",
        "gateways that build the Responses API on Chat Completions",
        change=in_response(_in_chat_words),
    ),
    Dialect(
        "usage with fractions",
        "The counts are estimates with a fraction.",
        "gateways that divide characters by four",
        change=in_usage(setting(input_tokens=9.25, output_tokens=3.5, total_tokens=12.75)),
    ),
    Dialect(
        "usage of strings",
        "The counts are numbers in quotes.",
        "gateways that copy counts from HTTP headers",
        change=in_usage(setting(input_tokens="9", output_tokens="3", total_tokens="12")),
    ),
    Dialect(
        "usage with cost",
        "The counts come with prices.",
        "OpenRouter: `cost`, `cost_details`",
        change=in_usage(setting(cost=0.0012, cost_details={"upstream": None}, is_byok=False)),
    ),
)
