"""Chat Completions: what a chunk looks like, and what stands between chunks."""

from itertools import count
from typing import Any

from .changes import (
    all_of,
    before_each,
    dropping,
    edited,
    first_of_all,
    setting,
)
from .chat import chunk, ends, in_choice, in_delta, opens, opens_call, says
from .dialect import Dialect
from .stream import Event, Json, Part


def _new_ids(parts: list[Part]) -> list[Part]:
    numbers = count(1)
    return edited(lambda document: document.update(id=f"chatcmpl-{next(numbers)}"))(parts)


def _all_nulls(delta: Json) -> None:
    names = ("role", "content", "refusal", "tool_calls", "function_call", "reasoning_content")
    for name in names:
        delta.setdefault(name, None)


FILTERED: dict[str, Any] = {"hate": {"filtered": False, "severity": "safe"}}

CHUNKS = (
    Dialect(
        "ping events",
        "An event named `ping` with data of its own comes before each text.",
        "https://github.com/anthropics/anthropic-sdk-typescript/issues/734",
        change=before_each(says, Event({"type": "ping"}, "ping")),
    ),
    Dialect(
        "chunks without choices",
        "A chunk of the vendor's own has no `choices`.",
        "gateways that report queue and cost in the stream",
        change=before_each(says, Event({"id": "x", "object": "queue.status", "position": 1})),
    ),
    Dialect(
        "chunks with choices null",
        "A chunk has `choices: null`.",
        "https://github.com/huggingface/text-generation-inference/pull/3003",
        change=before_each(says, chunk(None, choices=None)),
    ),
    Dialect(
        "chunks with choices empty",
        "Chunks without a choice come at any time.",
        "https://github.com/langfuse/langfuse/issues/2833",
        change=before_each(says, chunk(None, choices=[])),
    ),
    Dialect(
        "usage in a preview chunk",
        "The first chunk has no choice and a first count of tokens.",
        "https://github.com/vllm-project/semantic-router/issues/2215",
        change=first_of_all(
            chunk(
                None,
                choices=[],
                usage={"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
            )
        ),
    ),
    Dialect(
        "empty text before the calls",
        "A chunk with an empty text comes right before the calls.",
        "https://github.com/sgl-project/sglang/issues/29441",
        change=before_each(opens_call, chunk({"content": ""})),
    ),
    Dialect(
        "prompt_filter_results first",
        "The first chunk reports on the prompt: no choice, no id, no model.",
        "https://github.com/AbanteAI/archive-old-cli-mentat/issues/429",
        change=first_of_all(
            chunk(
                None,
                id="",
                model="",
                object="",
                created=0,
                choices=[],
                prompt_filter_results=[{"prompt_index": 0, "content_filter_results": FILTERED}],
            )
        ),
    ),
    Dialect(
        "choices without a delta",
        "A choice has filter results and no delta.",
        "Azure OpenAI's asynchronous content filter",
        change=before_each(
            ends,
            chunk(
                None,
                choices=[
                    {
                        "index": 0,
                        "finish_reason": None,
                        "content_filter_results": FILTERED,
                        "content_filter_offsets": {"check_offset": 44, "start_offset": 44},
                    }
                ],
            ),
        ),
    ),
    Dialect(
        "delta null",
        "A choice's delta is null.",
        "Cloudflare Workers AI, some gateways at the end",
        change=before_each(ends, chunk(None)),
    ),
    Dialect(
        "comments between chunks",
        "Comments keep the connection alive.",
        "https://github.com/openai/openai-go/issues/227",
        change=all_of(
            first_of_all(b": OPENROUTER PROCESSING\n\n"),
            before_each(says, b": OPENROUTER PROCESSING\n\n"),
        ),
    ),
    Dialect(
        "empty data frames",
        "A frame with empty data keeps the connection alive.",
        "https://github.com/caozhiyuan/copilot-api/pull/88",
        change=before_each(says, b"data: \n\n"),
    ),
    Dialect(
        "role in every chunk",
        "Every delta says who speaks.",
        "xAI, Mistral, vLLM in older versions",
        change=in_delta(setting(role="assistant")),
    ),
    Dialect(
        "role nowhere",
        "No delta says who speaks.",
        "Cloudflare Workers AI",
        change=in_delta(dropping("role")),
    ),
    Dialect(
        "role empty",
        "The role of later deltas is an empty string.",
        "DashScope, GitHub Copilot's proxy",
        change=in_delta(setting(role=""), lambda event: not opens(event)),
    ),
    Dialect(
        "nulls everywhere",
        "Every delta has every field, null where it says nothing.",
        "https://github.com/sgl-project/sglang/issues/7243",
        change=in_delta(_all_nulls),
    ),
    Dialect(
        "tool_calls empty",
        "Every delta has an empty list of calls.",
        "SGLang, Xinference",
        change=in_delta(lambda delta: delta.setdefault("tool_calls", [])),
    ),
    Dialect(
        "content empty beside calls",
        "Deltas with calls have an empty text.",
        "https://github.com/sgl-project/sglang/issues/29441",
        change=in_delta(lambda delta: delta.setdefault("content", "")),
    ),
    Dialect(
        "chunk id missing",
        "Chunks have no id.",
        "Google Gemini's OpenAI endpoint in its first months",
        change=edited(dropping("id")),
    ),
    Dialect(
        "chunk id empty",
        "The id of every chunk is an empty string.",
        "Azure OpenAI, LiteLLM",
        change=edited(setting(id="")),
    ),
    Dialect(
        "chunk id new each time",
        "Every chunk has another id.",
        "Perplexity, llamafile",
        change=_new_ids,
    ),
    Dialect(
        "chunk without object, created and model",
        "A chunk is its choices and nothing else.",
        "small servers of one file",
        change=edited(dropping("object", "created", "model", "id")),
    ),
    Dialect(
        "created with a fraction",
        "The time is a float.",
        "llama-cpp-python, text-generation-webui",
        change=edited(setting(created=1764288000.25)),
    ),
    Dialect(
        "created as a string",
        "The time is text.",
        "gateways that write ISO times",
        change=edited(setting(created="2026-11-28T12:00:00Z")),
    ),
    Dialect(
        "object of a whole completion",
        "Chunks call themselves `chat.completion`.",
        "older FastChat, GPT4All",
        change=edited(setting(object="chat.completion")),
    ),
    Dialect(
        "choice index missing",
        "Choices have no index.",
        "small gateways",
        change=in_choice(dropping("index")),
    ),
    Dialect(
        "choice index of one",
        "The only choice has the index 1.",
        "small gateways that count from one",
        change=in_choice(setting(index=1)),
    ),
    Dialect(
        "message beside the delta",
        "A choice has the whole message so far, and the delta.",
        "https://github.com/perplexityai/api-discussion/issues/209",
        change=in_choice(setting(message={"role": "assistant", "content": "…"})),
    ),
    Dialect(
        "vendor's fields",
        "Chunks carry fields that nobody knows.",
        "OpenRouter's `provider`, Groq's `x_groq`, Fireworks' `perf_metrics`",
        change=edited(setting(provider="X", x_groq={"id": "r"}, perf_metrics={"a": 1.5})),
    ),
    Dialect(
        "logprobs of another shape",
        "Choices carry log probabilities that are no object.",
        "text-generation-inference, llama-cpp-python",
        change=in_choice(setting(logprobs={"content": None, "tokens": [], "top_logprobs": None})),
    ),
    Dialect(
        "service_tier unknown",
        "The tier is a word that OpenAI does not have.",
        "Groq: `on_demand`",
        change=edited(setting(service_tier="on_demand")),
    ),
    Dialect(
        "content null in text chunks' neighbours",
        "Chunks without text have `content: null`.",
        "https://github.com/sgl-project/sglang/issues/18335",
        change=before_each(says, chunk({"content": None})),
    ),
)
