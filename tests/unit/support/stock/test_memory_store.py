"""The store that the stock backend runs on."""

from datetime import datetime
from typing import Any

import pytest
from chatkit.store import NotFoundError
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    FileAttachment,
    Page,
    Thread,
    ThreadItem,
    ThreadMetadata,
)

from tests.support.stock import MemoryStore

NOW = datetime(2026, 1, 1)
CONTEXT: dict[str, Any] = {}


def message(item_id: str, text: str = "") -> AssistantMessageItem:
    content = [AssistantMessageContent(text=text)]
    return AssistantMessageItem(id=item_id, thread_id="t", created_at=NOW, content=content)


async def store_with(*item_ids: str) -> MemoryStore:
    store = MemoryStore()
    await store.save_thread(ThreadMetadata(id="t", created_at=NOW), CONTEXT)
    for item_id in item_ids:
        await store.add_thread_item("t", message(item_id), CONTEXT)
    return store


async def test_a_thread_is_kept_without_its_items() -> None:
    """Saving a full `Thread` stores metadata only."""
    store = MemoryStore()
    items = Page[ThreadItem](data=[message("a")])
    await store.save_thread(Thread(id="t", created_at=NOW, title="x", items=items), CONTEXT)

    assert type(await store.load_thread("t", CONTEXT)) is ThreadMetadata
    assert (await store.load_thread_items("t", None, 20, "asc", CONTEXT)).data == []


async def test_saving_an_item_again_keeps_its_place() -> None:
    """An upsert changes the content, not the order."""
    store = await store_with("a", "b")
    await store.save_item("t", message("a", "new"), CONTEXT)

    page = await store.load_thread_items("t", None, 20, "asc", CONTEXT)
    assert page.data == [message("a", "new"), message("b")]


async def test_what_is_handed_out_is_a_copy() -> None:
    """Changing a loaded or a saved object changes nothing in the store."""
    store = await store_with()
    saved = message("a", "x")
    await store.add_thread_item("t", saved, CONTEXT)
    saved.content[0].text = "changed"
    loaded = await store.load_item("t", "a", CONTEXT)
    loaded.id = "changed"

    assert await store.load_item("t", "a", CONTEXT) == message("a", "x")


@pytest.mark.parametrize(("order", "pages"), [("asc", ["ab", "c"]), ("desc", ["cb", "a"])])
async def test_pages_continue_after_their_cursor(order: str, pages: list[str]) -> None:
    """Each page starts behind the last id of the one before, in either order."""
    store = await store_with("a", "b", "c")
    first = await store.load_thread_items("t", None, 2, order, CONTEXT)
    second = await store.load_thread_items("t", first.after, 2, order, CONTEXT)

    assert ["".join(item.id for item in page.data) for page in (first, second)] == pages
    assert (first.has_more, second.has_more) == (True, False)


async def test_what_is_missing_is_not_found() -> None:
    """Loading what is not there raises the SDK's error; deleting it does not."""
    store = await store_with()
    await store.delete_thread_item("t", "nobody", CONTEXT)
    await store.delete_thread("nobody", CONTEXT)
    for missing in (
        store.load_thread("nobody", CONTEXT),
        store.load_item("t", "nobody", CONTEXT),
        store.load_attachment("nobody", CONTEXT),
    ):
        with pytest.raises(NotFoundError):
            await missing


async def test_a_deleted_thread_is_gone_with_its_items() -> None:
    """Deleting a thread takes its items along, and it is no longer listed."""
    store = await store_with("a")
    await store.delete_thread("t", CONTEXT)

    assert (await store.load_threads(20, None, "desc", CONTEXT)).data == []
    with pytest.raises(NotFoundError):
        await store.load_thread_items("t", None, 20, "asc", CONTEXT)


async def test_attachments_are_kept_until_deleted() -> None:
    """An attachment can be loaded until it is deleted."""
    store = MemoryStore()
    file = FileAttachment(id="f", name="a.txt", mime_type="text/plain")
    await store.save_attachment(file, CONTEXT)
    assert await store.load_attachment("f", CONTEXT) == file
    await store.delete_attachment("f", CONTEXT)
    with pytest.raises(NotFoundError):
        await store.load_attachment("f", CONTEXT)
