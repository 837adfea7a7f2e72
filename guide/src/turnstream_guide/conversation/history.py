"""The part of a thread that the guide's model is given."""

from collections.abc import Iterator, Sequence

from chatkit.store import Store
from chatkit.types import HiddenContextItem, SDKHiddenContextItem, ThreadItem
from turnstream.contracts.turns import RequestContext
from turnstream_worker.api import current_turn

HISTORY = 30
"""Items that user and model both see: enough for a conversation to hang together, few enough to
stay cheap. As many come with a turn's claim."""
MOST = 90
"""With the notes that stand between them. Every click on a widget leaves one: without room of
their own, a to-do list that is ticked off would push the conversation out of the model's sight."""


async def history_of(
    store: Store[RequestContext], thread_id: str, context: RequestContext
) -> list[ThreadItem]:
    """The newest items of a thread, oldest first."""
    history = list(_window(await _newest(store, thread_id, context)))[::-1]
    turn = current_turn()
    answered = turn.answered_item if turn else None
    if answered is None:
        return history
    # Answered questions stand where they were asked, and the conversation may have gone on
    # since. For the model the answer is the newest thing that was said.
    item = await store.load_item(thread_id, answered, context)
    return [*(each for each in history if each.id != answered), item]


async def _newest(
    store: Store[RequestContext], thread_id: str, context: RequestContext
) -> Sequence[ThreadItem]:
    """The newest items; more than the claim brought only where notes took room from others."""
    page = await store.load_thread_items(thread_id, None, HISTORY, "desc", context)
    if not page.has_more or not any(map(_is_note, page.data)):
        return page.data
    older = await store.load_thread_items(thread_id, page.after, MOST - HISTORY, "desc", context)
    return [*page.data, *older.data]


def _window(newest: Sequence[ThreadItem]) -> Iterator[ThreadItem]:
    """As many as the model sees, each with the notes that came behind it."""
    room = HISTORY
    for item in newest:
        yield item
        room -= not _is_note(item)
        if room == 0:
            return


def _is_note(item: ThreadItem) -> bool:
    return isinstance(item, HiddenContextItem | SDKHiddenContextItem)
