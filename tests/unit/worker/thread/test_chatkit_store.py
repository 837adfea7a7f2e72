"""What an assistant saves is saved, and what others save at the same time stays."""

import asyncio
from datetime import datetime
from typing import Any

import orjson
import pytest
from chatkit.types import HiddenContextItem, StructuredInputItem
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ThreadPatch, WriteAttempt
from turnstream.contracts.turns import RequestContext
from turnstream.testing import MemoryStore
from turnstream.testing.memory.turns.attempts import MemoryAttempts
from turnstream_worker import chatkit_json
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import current_attempt
from turnstream_worker.thread.chatkit_store import ItemExists, TurnStore

from tests.support.turns import finish, message, running
from tests.unit.worker.attempts import an_attempt

ANN = RequestContext(user_id="ann")
AGAIN = "as it is stored"


class SlowAttempts(MemoryAttempts):
    """A store whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.patches: list[ThreadPatch] = []
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def patch_thread(self, owner: Owner, turn_id: str, patch: ThreadPatch) -> dict[str, Any]:
        self.patches.append(patch)
        self.asked.set()
        await self.go.wait()
        return {"id": "thr_1", "created_at": "2027-01-01T00:00:00Z", **patch.fields}


async def test_a_change_during_a_save_is_saved_by_the_next_one() -> None:
    """A tool saves its data, and the title comes before the store has answered."""
    service, client = SlowAttempts(), MemoryStore()
    client.attempts = service
    store = TurnStore(client)
    attempt = an_attempt()
    current_attempt.set(attempt)
    thread: Any = store.open(attempt).view.thread()

    thread.metadata["entry"] = "milk"
    saving = asyncio.create_task(store.save_thread(thread, ANN))
    await service.asked.wait()
    thread.title = "Milk"
    service.go.set()
    await saving
    await store.save_thread(thread, ANN)

    saved = [(patch.fields, patch.metadata) for patch in service.patches]
    assert saved == [({}, {"entry": "milk"}), ({"title": "Milk"}, {})]


class NotedAttempts(MemoryAttempts):
    """A store that notes which forms are saved, and which items come again."""

    def __init__(self) -> None:
        self.written: list[str] = []

    async def write(self, owner: Owner, turn_id: str, command: WriteAttempt) -> None:
        self.written += [orjson.loads(item.payload)["content"] for item in command.items]
        self.written += [AGAIN] * len(command.reconfirmed)


def note(content: str) -> HiddenContextItem:
    """An item in one of its forms."""
    made_at = datetime(2027, 1, 1)  # as ChatKit makes them
    return HiddenContextItem(id="hcx_1", thread_id="thr_1", created_at=made_at, content=content)


def document(content: str) -> dict[str, Any]:
    """The same as the store has it."""
    stored: dict[str, Any] = orjson.loads(chatkit_json.dump_item(note(content)).payload)
    return stored


async def replayed(*forms: str, **claimed: Any) -> tuple[list[str], list[str]]:
    """What a second attempt that brings these forms writes, and what it shows."""
    service, client = NotedAttempts(), MemoryStore()
    client.attempts = service
    opened = TurnStore(client).open(an_attempt(2, **claimed))
    shown: list[Any] = []
    for form in forms:
        shown.append(opened.save(note(form)))
        await opened.writes.committed()
    return service.written, [item.content for item in shown]


async def test_a_replay_leaves_what_somebody_else_changed() -> None:
    """Every form up to the one that was changed is old; it is neither stored nor shown again."""
    saved, shown = await replayed(
        "draft",
        "made",
        "made",
        own_items=[document("changed")],
        made_items=[document("made")],
    )
    assert saved == [AGAIN] * 3
    assert shown == ["changed"] * 3


async def test_what_comes_behind_the_changed_form_is_new() -> None:
    """An attempt that gets further than the one before goes on as that one would have."""
    saved, shown = await replayed(
        "made", "newer", "made", own_items=[document("changed")], made_items=[document("made")]
    )
    assert saved == [AGAIN, "newer", "made"]
    assert shown == ["changed", "newer", "made"]


async def test_what_is_stored_already_is_not_written_again() -> None:
    """So a change that comes while the turn is replayed stays, too."""
    saved, _ = await replayed("made", "newer", "made", own_items=[document("made")])
    assert saved == [AGAIN, "newer", "made"]


async def test_what_is_added_does_not_replace_history() -> None:
    """An id that an app made up twice is refused, as a database refuses it; a repeat is not."""
    client = MemoryStore()
    store = TurnStore(client)
    first = await running(client)
    current_attempt.set(Attempt(first, lease_deadline=float("inf")))
    for _ in range(2):
        await store.add_thread_item(first.thread_id, note("old"), first.context)
    await finish(client, first)
    second = await running(client, message(thread_id=first.thread_id))
    current_attempt.set(Attempt(second, lease_deadline=float("inf")))

    with pytest.raises(ItemExists):
        await store.add_thread_item(first.thread_id, note("new"), second.context)
    await store.save_item(first.thread_id, note("changed"), second.context)

    kept: Any = await store.load_item(first.thread_id, "hcx_1", second.context)
    assert kept.content == "changed"


async def test_questions_under_the_id_of_answered_ones_get_an_id_of_their_own() -> None:
    """In every attempt the same; the answers of the older turn stay."""
    asked = StructuredInputItem(
        id="q_1", thread_id="thr_1", created_at=datetime(2027, 1, 1), inputs=[]
    )
    answered = orjson.loads(chatkit_json.dump_item(asked).payload) | {"status": "answered"}
    shown = [
        TurnStore(MemoryStore()).open(an_attempt(number, items=[answered])).save(asked)
        for number in (1, 2)
    ]

    assert shown[0].id == shown[1].id != "q_1"
