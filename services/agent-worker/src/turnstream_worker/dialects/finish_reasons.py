"""Why a model stopped, in the words of many servers.

OpenAI knows five reasons. Others say `eos`, `end_turn` or `MAX_TOKENS` for the same, and put
failures here: `network_error` and `sensitive` (Zhipu's GLM,
docs.z.ai/api-reference/llm/chat-completion), `insufficient_system_resource` (DeepSeek,
api-docs.deepseek.com/api/create-chat-completion), `error` (OpenRouter,
openrouter.ai/docs/api/reference/errors-and-debugging), `SAFETY` and `MALFORMED_FUNCTION_CALL`
(Gemini, ai.google.dev/api/generate-content).
"""

from enum import StrEnum


class FinishReason(StrEnum):
    """What a reason means, in OpenAI's words as far as it has one."""

    STOP = "stop"
    CALLS = "tool_calls"
    LENGTH = "length"
    FILTER = "content_filter"
    FAULT = "error"


_CALLS = frozenset({"tool_calls", "tool_call", "function_call", "function_calls", "tool_use"})
_LENGTH = frozenset(
    {
        "length",
        "max_tokens",
        "max_output_tokens",
        "max_length",
        "model_length",
        "length_limit",
        "model_context_window_exceeded",
        "context_length_exceeded",
    }
)
_FILTER = frozenset(
    {
        "sensitive",
        "safety",
        "image_safety",
        "recitation",
        "prohibited_content",
        "blocklist",
        "blocked",
        "spii",
        "guardrail_intervened",
        "guardrail",
        "refusal",
        "censored",
        "moderation",
        "policy_violation",
    }
)
_FAULTS = frozenset(
    {
        "insufficient_system_resource",
        "abort",
        "aborted",
        "overloaded",
        "timeout",
        "unavailable",
        "failed",
        "failure",
        "cancelled",
        "canceled",
        "malformed_function_call",
        "unexpected_tool_call",
    }
)


def ending(reason: object) -> FinishReason | None:
    """What a finish reason means; None while the model goes on.

    A word that nobody knows is a stop: the names of stop tokens come here too.
    """
    if reason is None or reason == "":
        return None
    word = str(reason).strip().lower().rpartition(".")[2].replace("-", "_").replace(" ", "_")
    if word in _CALLS:
        return FinishReason.CALLS
    if word in _LENGTH:
        return FinishReason.LENGTH
    if word in _FILTER or "content_filter" in word or "contentfilter" in word:
        return FinishReason.FILTER
    if word in _FAULTS or "error" in word:
        return FinishReason.FAULT
    return FinishReason.STOP
