"""Scenes in which the server goes to the store itself, beside its stream of events."""

import json
from datetime import datetime

from chatkit.store import NotFoundError
from chatkit.types import HiddenContextItem, ProgressUpdateEvent, ThreadMetadata

from .scenes import Events, Turn, scene


@scene("write")
async def write(turn: Turn) -> Events:
    """Items added, changed, read and deleted without an event."""
    store, thread_id, context = turn.store, turn.thread.id, turn.context
    hidden = HiddenContextItem(**turn.head(), content="for later")
    first, second = turn.says("unannounced").item, turn.says("short-lived").item
    for item in (hidden, first, second):
        await store.add_thread_item(thread_id, item, context)
    changed = turn.says("changed").item.model_copy(update={"id": first.id})
    await store.save_item(thread_id, changed, context)
    await store.delete_thread_item(thread_id, second.id, context)
    read = await store.load_item(thread_id, first.id, context)
    yield turn.says(f"read {read.model_dump(mode='json')['content']}")
    newest = await store.load_thread_items(thread_id, None, 4, "desc", context)
    yield turn.says(f"then {[item.type for item in newest.data]}")


@scene("miss")
async def miss(turn: Turn) -> Events:
    """What is not there, in each of the store's methods that can miss it."""
    store, context = turn.store, turn.context
    missed = []
    for call in (
        store.load_item(turn.thread.id, "nothing", context),
        store.load_thread("nothing", context),
        store.load_thread_items("nothing", None, 1, "asc", context),
        store.load_attachment("nothing", context),
    ):
        try:
            await call
        except NotFoundError:
            missed.append("missed")
    yield turn.says(" ".join(missed))


@scene("save the thread")
async def save_the_thread(turn: Turn) -> Events:
    """A copy of the thread, saved by hand, then changed again through the one of the turn."""
    copy = await turn.store.load_thread(turn.thread.id, turn.context)
    copy.metadata["by hand"] = {"none": None, "list": [1]}
    await turn.store.save_thread(copy, turn.context)
    yield ProgressUpdateEvent(text="saved")
    again = await turn.store.load_thread(turn.thread.id, turn.context)
    yield turn.says(json.dumps(again.metadata))


@scene("look around")
async def look_around(turn: Turn) -> Events:
    """The user's threads, as the server sees them."""
    page = await turn.store.load_threads(2, None, "desc", turn.context)
    titles = [thread.title for thread in page.data]
    yield turn.says(json.dumps([titles, page.has_more]))


@scene("take in")
async def take_in(turn: Turn) -> Events:
    """The attachments of the message with all that the server noted about them."""
    assert turn.message is not None
    for attachment in turn.message.attachments:
        stored = await turn.store.load_attachment(attachment.id, turn.context)
        assert stored.thread_id == turn.thread.id
        uploaded = stored.model_copy(update={"upload_descriptor": None, "metadata": {"seen": 1}})
        await turn.store.save_attachment(uploaded, turn.context)
        again = await turn.store.load_attachment(attachment.id, turn.context)
        yield turn.says(json.dumps([stored.metadata, attachment.metadata, again.metadata]))


@scene("branch off")
async def branch_off(turn: Turn) -> Events:
    """A second thread, made by the server, with an item in it."""
    thread_id = turn.store.generate_thread_id(turn.context)
    branch = ThreadMetadata(id=thread_id, created_at=datetime.now(), title="Branch")
    await turn.store.save_thread(branch, turn.context)
    item = turn.says("in the branch").item.model_copy(update={"thread_id": thread_id})
    await turn.store.add_thread_item(thread_id, item, turn.context)
    branch.metadata["from"] = "the first"
    await turn.store.save_thread(branch, turn.context)
    saved = await turn.store.load_thread(thread_id, turn.context)
    page = await turn.store.load_thread_items(thread_id, None, 5, "asc", turn.context)
    yield turn.says(f"{saved.title} {saved.metadata} {len(page.data)}")
