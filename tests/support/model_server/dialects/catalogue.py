"""All dialects, by the API they are spoken in."""

from . import chat_chunks, chat_ends, chat_usage, responses_items, responses_usage
from .dialect import Dialects

CATALOGUE: Dialects = {
    "chat_completions": (*chat_usage.USAGE, *chat_chunks.CHUNKS, *chat_ends.ENDS),
    "responses": (*responses_usage.USAGE, *responses_items.IDS),
}
