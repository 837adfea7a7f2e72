"""The part of a thread that the guide's model gets."""

from collections.abc import Iterator, Sequence

from chatkit.store import Store
from chatkit.types import HiddenContextItem, SDKHiddenContextItem, ThreadItem
from turnstream.contracts.turns import RequestContext
from turnstream_worker.api import current_turn

HISTORY = 30
"""Items that user and model both see: enough to follow a conversation, few enough to be cheap. As
many come with a turn's claim."""
MOST = 90
"""Items including notes. Every click on a widget leaves a note: without a limit of their own, the
notes of a to-do list would push the conversation out of the history."""


async def history_of(
    store: Store[RequestContext], thread_id: str, context: RequestContext
) -> list[ThreadItem]:
    """The newest items of a thread, oldest first."""
    history = list(_window(await _newest(store, thread_id, context)))[::-1]
    turn = current_turn()
    answered = turn.answered_item if turn else None
    if answered is None:
        return history
    # An answered question is stored where it was asked, and the conversation may have gone on
    # since. For the model the answer is the newest item.
    item = await store.load_item(thread_id, answered, context)
    return [*(each for each in history if each.id != answered), item]


async def _newest(
    store: Store[RequestContext], thread_id: str, context: RequestContext
) -> Sequence[ThreadItem]:
    """The newest items: those of the claim, and older ones only if there are notes among them."""
    page = await store.load_thread_items(thread_id, None, HISTORY, "desc", context)
    if not page.has_more or not any(map(_is_note, page.data)):
        return page.data
    older = await store.load_thread_items(thread_id, page.after, MOST - HISTORY, "desc", context)
    return [*page.data, *older.data]


def _window(newest: Sequence[ThreadItem]) -> Iterator[ThreadItem]:
    """The items that the model sees, each with the notes that follow it."""
    room = HISTORY
    for item in newest:
        yield item
        room -= not _is_note(item)
        if room == 0:
            return


def _is_note(item: ThreadItem) -> bool:
    return isinstance(item, HiddenContextItem | SDKHiddenContextItem)
