"""All dialects, by the API they are spoken in and by what deviates."""

from collections.abc import Mapping

from ..request import ModelApi
from . import (
    chat_arguments,
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
    responses_thoughts,
    responses_usage,
    whole_answers,
    whole_servers,
)
from .dialect import Dialect, Dialects

Section = tuple[Dialect, ...]
_TRANSPORT: Mapping[str, Section] = {
    "Frames": framing.FRAMING,
    "HTTP statuses": http.STATUSES,
    "Statuses that pass": http.PASSING,
    "Waits that are asked for": http.WAITS,
    "No stream at all": http.NO_STREAM,
}
SECTIONS: Mapping[ModelApi, Mapping[str, Section]] = {
    "chat_completions": {
        "Servers as they are": whole_servers.CHAT,
        "Counts of tokens": chat_usage.USAGE,
        "Chunks": chat_chunks.CHUNKS,
        "Ends": chat_ends.ENDS,
        "Shapes of tool calls": chat_calls.CALL_SHAPES,
        "Ids and names of tool calls": chat_calls.CALL_IDS,
        "Arguments and tools": chat_arguments.CALL_ARGUMENTS,
        "Thoughts, and other fields": chat_reasoning.REASONING,
        "Errors in the stream": chat_errors.ERRORS,
        "Answers that are not streamed": whole_answers.CHAT,
        **_TRANSPORT,
    },
    "responses": {
        "Servers as they are": whole_servers.RESPONSES,
        "Counts of tokens": responses_usage.USAGE,
        "Fields that are missing": responses_envelope.MISSING,
        "Fields with other values": responses_envelope.ODD,
        "Ids and events of items": responses_items.IDS,
        "Items beside the answer": responses_items.EXTRA_ITEMS,
        "Thoughts that are streamed": responses_thoughts.THOUGHTS,
        "Texts": responses_text.TEXT,
        "Function calls": responses_calls.CALLS,
        "Ends and errors": responses_ends.ENDS,
        "Events": responses_ends.EVENTS,
        "Answers that are not streamed": whole_answers.RESPONSES,
        **_TRANSPORT,
    },
}
CATALOGUE: Dialects = {
    api: tuple(dialect for section in sections.values() for dialect in section)
    for api, sections in SECTIONS.items()
}
NOT_STREAMED_TOO: Dialects = {
    "chat_completions": (),
    "responses": (
        *responses_usage.USAGE,
        *responses_envelope.MISSING,
        *responses_envelope.ODD,
        *responses_items.EXTRA_ITEMS,
        *responses_text.TEXT,
        *responses_calls.CALLS,
    ),
}
"""Dialects that show in an answer that comes in one piece, too."""
