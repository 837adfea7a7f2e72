"""The thread of a running attempt: what is known of it, and what the attempt writes into it."""

from chatkit.types import ThreadItem, ThreadMetadata
from turnstream.contracts.store_api import ThreadPatch
from turnstream.store_client import StoreClient

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt
from turnstream_worker.thread.view import ThreadView, thread_changes
from turnstream_worker.thread.writes import Writes


class OpenThread:
    """Opened for one attempt. Writes are collected: `writes.committed()` waits for them."""

    def __init__(self, attempt: Attempt, client: StoreClient) -> None:
        self._attempt = attempt
        self._client = client
        self.view = ThreadView(attempt.claimed)
        self.writes = Writes(client, attempt)

    def save(self, item: ThreadItem) -> ThreadItem:
        """Add or replace an item, in the order in which viewers saw items begin.

        Returns the item as it is stored then, which is how viewers must see it.
        """
        item = self.view.with_own_id(item)
        if self.view.refuses(item):
            return item
        item, is_stored = self.view.normalized(item)
        seq = self.view.seq(item.id)
        if is_stored:
            self.writes.reconfirm(item.id)
        else:
            self.writes.save(chatkit_json.dump_item(item).model_copy(update={"seq": seq}))
        self.view.wrote(item)
        return item

    def remove(self, item_id: str) -> None:
        """Delete an item."""
        self.writes.remove(item_id)
        self.view.removed(item_id)

    def knows(self, item_id: str) -> bool:
        """True when an attempt of this turn stored or deleted the item."""
        return item_id in self.view.written or self.view.is_own(item_id)

    def has_written(self, item_id: str) -> bool:
        """True when this attempt stored or deleted the item."""
        return item_id in self.view.written

    def stale_items(self) -> list[str]:
        """Items of earlier attempts that this one neither stored nor deleted."""
        return self.view.stale_items()

    def refuse_stop_marker(self) -> None:
        """Store no note of a Stop from now on: the user did not press it."""
        self.view.keep_stop_marker = False

    async def save_thread(self, thread: ThreadMetadata) -> None:
        """Save what differs from the thread as it was loaded or saved last."""
        await self.writes.committed()
        before, titles = self.view.thread(), self._attempt.claimed.context.titles
        if not titles:
            thread = thread.model_copy(update={"title": before.title})
        fields, metadata = thread_changes(before, thread)
        patch = ThreadPatch(attempt=self._attempt.number, fields=fields, metadata=metadata)
        with self._attempt.fencing():
            attempt = self._attempt
            stored = await self._client.attempts.patch_thread(attempt.owner, attempt.turn_id, patch)
        self.view.remember(thread)
        self.view.note_stored(
            fields if titles else [*fields, "title"], chatkit_json.load_thread(stored)
        )
