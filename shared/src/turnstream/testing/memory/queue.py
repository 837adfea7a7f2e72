"""The queue of turns in memory."""

from turnstream.contracts.operating.queue import QueueState
from turnstream.store_client.queue import Queue


class MemoryQueue(Queue):
    """A queue in which nobody waits: the caller that accepts a turn here claims it."""

    async def state(self) -> QueueState:
        return QueueState()
