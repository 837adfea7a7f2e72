"""The thread of a running attempt: what is known of it, and what the attempt writes to it."""

from chatkit.types import ThreadItem, ThreadMetadata
from turnstream.contracts.store_api import ThreadPatch
from turnstream.store_client import StoreClient

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt
from turnstream_worker.thread.view import ThreadView, thread_changes
from turnstream_worker.thread.writes import Writes


class OpenThread:
    """Opened for one attempt. Writes are gathered: `writes` tells when they are committed."""

    def __init__(self, attempt: Attempt, client: StoreClient) -> None:
        self._attempt = attempt
        self._client = client
        self.view = ThreadView(attempt.claimed)
        self.writes = Writes(client, attempt)

    def save(self, item: ThreadItem) -> ThreadItem:
        """Add or replace an item, at the place where viewers saw it begin.

        The item as it is stored then, which is how viewers must see it.
        """
        if self.view.refuses(item):
            return item
        item, again = self.view.normalized(item)
        seq = self.view.seq(item.id)
        if again:
            self.writes.reconfirm(item.id)
        else:
            self.writes.save(chatkit_json.dump_item(item).model_copy(update={"seq": seq}))
        self.view.wrote(item)
        return item

    def remove(self, item_id: str) -> None:
        """Delete an item."""
        self.writes.remove(item_id)
        self.view.removed(item_id)

    async def save_thread(self, thread: ThreadMetadata) -> None:
        """Set what differs from the thread as it was loaded or saved last."""
        await self.writes.committed()
        fields, metadata = thread_changes(self.view.thread(), thread)
        patch = ThreadPatch(attempt=self._attempt.number, fields=fields, metadata=metadata)
        await self._client.attempts.patch_thread(self._attempt.turn_id, patch)
        self.view.remember(thread)
