"""All dialects, by the API they are spoken in."""

from . import (
    chat_calls,
    chat_chunks,
    chat_ends,
    chat_errors,
    chat_reasoning,
    chat_usage,
    framing,
    http,
    responses_calls,
    responses_ends,
    responses_envelope,
    responses_items,
    responses_text,
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
        *framing.FRAMING,
        *http.HTTP,
    ),
    "responses": (
        *responses_usage.USAGE,
        *responses_envelope.MISSING,
        *responses_envelope.ODD,
        *responses_items.IDS,
        *responses_items.EXTRA_ITEMS,
        *responses_items.THOUGHTS,
        *responses_text.TEXT,
        *responses_calls.CALLS,
        *responses_ends.ENDS,
        *responses_ends.EVENTS,
        *framing.FRAMING,
        *http.HTTP,
    ),
}
