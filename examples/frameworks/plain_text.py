"""A thread as plain texts, and a text as a message: all that a framework needs of ChatKit."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal, NamedTuple

from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
)


class Said(NamedTuple):
    """What somebody said."""

    role: Literal["user", "assistant"]
    text: str


async def conversation(store: Store[Any], thread: ThreadMetadata, context: Any) -> list[Said]:
    """The newest messages of a thread, oldest first; the last is the one to answer."""
    page = await store.load_thread_items(thread.id, None, 30, "desc", context)
    return [
        Said("user" if item.type == "user_message" else "assistant", text)
        for item in reversed(page.data)
        if item.type in ("user_message", "assistant_message")
        and (text := "".join(part.text for part in item.content))
    ]


async def message(
    store: Store[Any], thread: ThreadMetadata, context: Any, chunks: AsyncIterator[str]
) -> AsyncIterator[ThreadStreamEvent]:
    """The events of a message that streams."""
    item_id, created = store.generate_item_id("message", thread, context), datetime.now()
    item = AssistantMessageItem(id=item_id, thread_id=thread.id, created_at=created, content=[])
    yield ThreadItemAddedEvent(item=item)
    text = AssistantMessageContent(text="")
    added = AssistantMessageContentPartAdded(content_index=0, content=text.model_copy())
    yield ThreadItemUpdatedEvent(item_id=item_id, update=added)
    async for chunk in chunks:
        text.text += chunk
        delta = AssistantMessageContentPartTextDelta(content_index=0, delta=chunk)
        yield ThreadItemUpdatedEvent(item_id=item_id, update=delta)
    yield ThreadItemDoneEvent(item=item.model_copy(update={"content": [text]}))
