"""All dialects, by the API they are spoken in."""

from . import (
    chat_calls,
    chat_chunks,
    chat_ends,
    chat_errors,
    chat_reasoning,
    chat_usage,
    responses_items,
    responses_usage,
)
from .dialect import Dialects

CATALOGUE: Dialects = {
    "chat_completions": (
        *chat_usage.USAGE,
        *chat_chunks.CHUNKS,
        *chat_ends.ENDS,
        *chat_calls.CALL_SHAPES,
        *chat_calls.CALL_IDS,
        *chat_calls.CALL_ARGUMENTS,
        *chat_reasoning.REASONING,
        *chat_errors.ERRORS,
    ),
    "responses": (*responses_usage.USAGE, *responses_items.IDS),
}
