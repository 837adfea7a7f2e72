"""What an assistant saves of its thread is saved, whatever happens at the same time."""

import asyncio
from typing import Any, cast

from agent_worker.attempt import current_attempt
from agent_worker.turn_store import TurnStore
from turnstream.contracts.store_api import ThreadPatch
from turnstream.store_client import StoreClient

from tests.unit.agent_worker.attempts import an_attempt


class SlowStore:
    """A store service whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.attempts = self
        self.patches: list[ThreadPatch] = []
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def patch_thread(self, turn_id: str, patch: ThreadPatch) -> None:
        self.patches.append(patch)
        self.asked.set()
        await self.go.wait()


async def test_a_change_during_a_save_is_saved_by_the_next_one() -> None:
    """A tool saves its data, and the title comes before the store has answered."""
    service = SlowStore()
    store = TurnStore(cast(StoreClient, service))
    attempt = an_attempt()
    current_attempt.set(attempt)
    thread: Any = store.open_view(attempt).thread()

    thread.metadata["entry"] = "milk"
    saving = asyncio.create_task(store.save_thread(thread, None))
    await service.asked.wait()
    thread.title = "Milk"
    service.go.set()
    await saving
    await store.save_thread(thread, None)

    saved = [(patch.fields, patch.metadata) for patch in service.patches]
    assert saved == [({}, {"entry": "milk"}), ({"title": "Milk"}, {})]
