"""Servers as they are: all the deviations of one at once."""

import json
from itertools import count

from . import chat, responses
from .changes import all_of, before, dropping, edited, first_of_all, replaced, setting, without
from .chat_ends import DONE
from .dialect import Dialect
from .responses_items import renamed_id, rotated
from .stream import Json, Part

FILTER = {"hate": {"filtered": False, "severity": "safe"}}
COUNTS = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def _numbered(parts: list[Part]) -> list[Part]:
    numbers = count(1)
    return edited(lambda document: document.update(id=f"gen-{next(numbers)}"))(parts)


def _usage_in_every_chunk(parts: list[Part]) -> list[Part]:
    return all_of(without(chat.usage), edited(setting(usage=COUNTS)))(parts)


CHAT = (
    Dialect(
        "Ollama",
        "Whole calls of index 0, a fingerprint, the end named `stop`, no `[DONE]` before a break.",
        "https://github.com/ollama/ollama/issues/15457",
        change=all_of(
            chat.whole_calls,
            chat.in_call(setting(index=0)),
            chat.in_delta(setting(role="assistant")),
            chat.in_delta(lambda delta: delta.setdefault("content", "")),
            chat.in_choice(setting(finish_reason="stop"), chat.ends),
            edited(setting(system_fingerprint="fp_ollama")),
        ),
    ),
    Dialect(
        "Google Gemini",
        "Whole calls without index and with a signature, `stop` for calls, counts in every chunk.",
        "https://github.com/open-webui/computer/issues/224",
        change=all_of(
            chat.whole_calls,
            chat.in_call(dropping("index")),
            chat.in_call(setting(extra_content={"google": {"thought_signature": "c2ln"}})),
            chat.in_choice(setting(finish_reason="stop"), chat.ends),
            _usage_in_every_chunk,
            without(chat.opens),
        ),
    ),
    Dialect(
        "Azure OpenAI",
        "The prompt's filter first, filters in every choice, choices without a delta.",
        "https://github.com/AbanteAI/archive-old-cli-mentat/issues/429",
        change=all_of(
            chat.in_choice(setting(content_filter_results=FILTER)),
            before(
                chat.ends,
                chat.chunk(
                    None,
                    choices=[{"index": 0, "finish_reason": None, "content_filter_results": FILTER}],
                ),
            ),
            first_of_all(
                chat.chunk(
                    None,
                    id="",
                    model="",
                    object="",
                    created=0,
                    choices=[],
                    prompt_filter_results=[{"prompt_index": 0, "content_filter_results": FILTER}],
                )
            ),
        ),
    ),
    Dialect(
        "DashScope",
        "No space after `data:`, empty ids and types later, nulls everywhere, an empty reason.",
        "https://github.com/AstrBotDevs/AstrBot/issues/6661",
        change=all_of(
            chat.in_delta(
                lambda d: [d.setdefault(k, None) for k in ("content", "role", "refusal")]
            ),
            chat.in_call(
                lambda call: (
                    None
                    if call.get("id")
                    else call.update(id="", type="", function={"name": "", **call["function"]})
                )
            ),
            chat.in_choice(setting(finish_reason=""), lambda event: not chat.ends(event)),
        ),
        encode=lambda event: [f"data:{event.text}\n\n".encode()],
    ),
    Dialect(
        "SGLang",
        "Roles and texts of null, thoughts of null, ids and names of null in later pieces.",
        "https://github.com/sgl-project/sglang/issues/18335",
        change=all_of(
            chat.in_delta(
                lambda d: [
                    d.setdefault(k, None)
                    for k in ("role", "content", "reasoning_content", "tool_calls")
                ]
            ),
            chat.in_call(
                lambda call: (
                    None
                    if call.get("id")
                    else call.update(
                        id=None, type=None, function={"name": None, **call["function"]}
                    )
                )
            ),
            chat.in_choice(setting(matched_stop=None, logprobs=None)),
            edited(setting(usage=None), lambda event: not chat.usage(event)),
        ),
    ),
    Dialect(
        "OpenRouter",
        "Comments, the provider's name, a native reason, thoughts under two names, ids in all.",
        "https://github.com/openai/openai-go/issues/227",
        change=all_of(
            edited(setting(provider="X")),
            chat.in_choice(setting(native_finish_reason=None)),
            chat.in_delta(setting(role="assistant")),
            chat.in_delta(lambda delta: delta.setdefault("content", "")),
            before(
                chat.says,
                chat.chunk(
                    {
                        "content": "",
                        "reasoning": "Hm.",
                        "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}],
                    }
                ),
            ),
            first_of_all(b": OPENROUTER PROCESSING\n\n", b": OPENROUTER PROCESSING\n\n"),
        ),
    ),
    Dialect(
        "Mistral",
        "Whole calls with the reason in one chunk, counts with it, thoughts and text as parts.",
        "https://github.com/n8n-io/n8n/issues/37352",
        change=all_of(
            chat.whole_calls,
            replaced(
                chat.says,
                lambda event: [
                    event.with_data(
                        chat.chunk(
                            {
                                "content": [
                                    {
                                        "type": "text",
                                        "text": event.document["choices"][0]["delta"]["content"],
                                    }
                                ]
                            }
                        ).document
                    )
                ],
            ),
            without(chat.usage),
            edited(setting(usage=COUNTS), chat.ends),
        ),
    ),
    Dialect(
        "LiteLLM in front of Ollama",
        "Another id in each chunk, objects as arguments, every call of index 0, `stop` for calls.",
        "https://github.com/BerriAI/litellm/pull/37792",
        change=all_of(
            chat.whole_calls,
            _numbered,
            chat.in_call(
                lambda call: call["function"].update(
                    arguments=json.loads(call["function"]["arguments"])
                )
            ),
            chat.in_choice(setting(finish_reason="stop"), chat.ends),
        ),
    ),
)

_ITEM_EVENTS = responses.of("content_part.added", "content_part.done", "output_text.done")


def _leave(response: Json, *names: str) -> None:
    for name in {*response} - set(names):
        response.pop(name)


RESPONSES = (
    Dialect(
        "LM Studio",
        "No annotations, no numbers, no `logprobs`, no details in the counts, `[DONE]` at the end.",
        "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1089",
        change=all_of(
            responses.in_parts(dropping("annotations", "logprobs")),
            edited(dropping("sequence_number", "logprobs")),
            responses.in_usage(dropping("input_tokens_details", "output_tokens_details")),
            responses.in_items(dropping("status")),
        ),
    ),
    Dialect(
        "GitHub Copilot",
        "Every event has another id, an output that is empty in the end, counts without details.",
        "https://github.com/BerriAI/litellm/pull/30072",
        change=all_of(
            rotated(lambda _: True),
            responses.in_usage(dropping("input_tokens_details")),
            edited(lambda d: d["response"].update(output=[]), responses.completed),
        ),
    ),
    Dialect(
        "a ChatGPT backend",
        "Limits as events of their own, an empty output in the end, no tools and no counts in it.",
        "https://github.com/BerriAI/litellm/pull/32724",
        change=all_of(
            first_of_all(responses.event("codex.rate_limits", limits={})),
            edited(
                lambda d: _leave(d["response"], "id", "object", "status", "model"),
                responses.completed,
            ),
        ),
    ),
    Dialect(
        "9router",
        "The end has no output and no counts, and `[DONE]` follows.",
        "https://github.com/decolua/9router/issues/705",
        change=all_of(
            edited(
                lambda d: _leave(d["response"], "id", "object", "created_at", "status", "error"),
                responses.completed,
            ),
            lambda parts: [*parts, DONE],
        ),
    ),
    Dialect(
        "Bedrock Mantle",
        "Calls lose their id when they are done; counts without details of the cache's writes.",
        "https://github.com/anomalyco/opencode/pull/46885",
        change=all_of(
            edited(renamed_id, lambda each: not responses.item_added(each)),
            responses.in_usage(setting(input_tokens_details={"cached_tokens": 0})),
        ),
    ),
    Dialect(
        "LiteLLM in front of a chat model",
        "One place for all items, no item is announced, thoughts that never end, no details.",
        "https://github.com/BerriAI/litellm/pull/36375",
        change=all_of(
            without(responses.item_added),
            edited(lambda d: d.update(output_index=0) if "output_index" in d else None),
            responses.in_usage(dropping("input_tokens_details", "output_tokens_details")),
            responses.in_items(setting(status=None)),
        ),
    ),
    Dialect(
        "a bare server",
        "Deltas and an end with the output; no item, no part, no text is announced or done.",
        "small servers of one file",
        change=all_of(
            without(_ITEM_EVENTS),
            without(responses.of("output_item.added", "output_item.done", "in_progress")),
            edited(dropping("sequence_number", "content_index")),
        ),
    ),
)
