"""What of a thread the guide's model is given: a conversation that notes can't crowd out."""

from datetime import UTC, datetime

from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    HiddenContextItem,
    ThreadItem,
    ThreadMetadata,
)
from turnstream.contracts.turns import RequestContext
from turnstream_guide.conversation.history import HISTORY, MOST, history_of

from tests.support.stock import MemoryStore

NOW = datetime.now(UTC)


def said(number: int) -> ThreadItem:
    text = AssistantMessageContent(text=str(number), annotations=[])
    return AssistantMessageItem(
        id=f"said_{number}", thread_id="thr_1", created_at=NOW, content=[text]
    )


def note(number: int) -> ThreadItem:
    return HiddenContextItem(
        id=f"note_{number}", thread_id="thr_1", created_at=NOW, content="clicked"
    )


async def seen(*items: ThreadItem) -> list[str]:
    """The ids of what the model sees of these items, oldest first."""
    store = MemoryStore()
    await store.save_thread(ThreadMetadata(id="thr_1", created_at=NOW), None)
    for item in items:
        await store.add_thread_item("thr_1", item, None)
    return [item.id for item in await history_of(store, "thr_1", RequestContext(user_id="ada"))]


async def test_the_newest_items_are_seen() -> None:
    """As many as fit, oldest first."""
    items = [said(number) for number in range(HISTORY + 5)]
    assert await seen(*items) == [item.id for item in items[5:]]


async def test_notes_take_no_room_from_the_conversation() -> None:
    """Somebody ticks off a long list, and the model still knows what was said before."""
    told, clicks = [said(number) for number in range(5)], [note(number) for number in range(40)]
    assert await seen(*told, *clicks) == [item.id for item in (*told, *clicks)]


async def test_notes_between_messages_come_with_them() -> None:
    """The window counts what was said, and has every note behind the oldest of it."""
    both = [make(number) for number in range(HISTORY + 5) for make in (said, note)]
    assert await seen(*both) == [item.id for item in both[10:]]


async def test_notes_have_a_limit_too() -> None:
    """A thread that is all clicks does not make every answer dearer than the one before."""
    assert len(await seen(said(0), *(note(number) for number in range(2 * MOST)))) == MOST
