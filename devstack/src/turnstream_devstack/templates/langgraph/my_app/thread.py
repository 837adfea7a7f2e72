"""A thread as the graph reads it, and what comes out of the graph as events of ChatKit."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from chatkit.server import stream_widget
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartAdded,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ProgressUpdateEvent,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
)
from chatkit.widgets import DynamicWidgetRoot
from langchain_core.messages import AIMessage, HumanMessage
from turnstream.contracts.turns import RequestContext

from my_app.graph import Piece, Progress, Said
from my_app.orders import Order, card

HISTORY = 30
"""Items of the thread that the graph reads, the newest ones."""


async def conversation(
    store: Store[RequestContext], thread: ThreadMetadata, context: RequestContext
) -> list[Said]:
    """The newest messages of a thread, oldest first; the last is the one to answer."""
    page = await store.load_thread_items(thread.id, None, HISTORY, "desc", context)
    said: list[Said] = []
    for item in reversed(page.data):
        if item.type == "user_message":
            said.append(HumanMessage("".join(part.text for part in item.content)))
        elif item.type == "assistant_message":
            said.append(AIMessage("".join(part.text for part in item.content)))
    return said


async def shown(
    pieces: AsyncIterator[Piece],
    store: Store[RequestContext],
    thread: ThreadMetadata,
    context: RequestContext,
) -> AsyncIterator[ThreadStreamEvent]:
    """Events for each piece. Ids come from the store, so that a second attempt has the same."""
    item, text = None, ""
    async for piece in pieces:
        match piece:
            case Progress():
                yield ProgressUpdateEvent(icon="search", text=piece.text)
            case Order():
                async for event in stream_widget(
                    thread,
                    DynamicWidgetRoot.model_validate(card(piece)),
                    copy_text=piece.summary,
                    generate_id=lambda kind: store.generate_item_id(kind, thread, context),
                ):
                    yield event
            case str():
                if item is None:
                    item = AssistantMessageItem(
                        id=store.generate_item_id("message", thread, context),
                        thread_id=thread.id,
                        created_at=datetime.now(UTC),
                        content=[],
                    )
                    part = AssistantMessageContent(text="")
                    added = AssistantMessageContentPartAdded(content_index=0, content=part)
                    yield ThreadItemAddedEvent(item=item)
                    yield ThreadItemUpdatedEvent(item_id=item.id, update=added)
                text += piece
                delta = AssistantMessageContentPartTextDelta(content_index=0, delta=piece)
                yield ThreadItemUpdatedEvent(item_id=item.id, update=delta)
    if item is not None:
        whole = [AssistantMessageContent(text=text)]
        yield ThreadItemDoneEvent(item=item.model_copy(update={"content": whole}))
