"""Threads that come from elsewhere: whole, once, and never over somebody's."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.imports import ImportedAttachment, ImportOutcome, ImportThread
from turnstream.contracts.operating.privacy import ErasureState
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile, StoredAttachment
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, ThreadTaken
from turnstream.files.blobs import imported_key
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.support.turns import accept, item, message
from tests.support.waiting import wait_until_async

ANN, BOB = Owner("default", "ann"), Owner("default", "bob")
BEGUN = datetime(2025, 3, 1, 12, 30, tzinfo=UTC)
KEY = imported_key("file_1", "png")


def thread(*items: str, thread_id: str = "cthr_1", **fields: Any) -> ImportThread:
    """A thread with items of these ids."""
    known = [item(each) for each in items]
    return ImportThread(thread_id=thread_id, created_at=BEGUN, items=known, **fields)


def attachment(attachment_id: str = "file_1", key: str | None = KEY) -> ImportedAttachment:
    document = orjson.dumps({"id": attachment_id, "type": "file"}).decode()
    stored = StoredAttachment(attachment_id=attachment_id, payload=document, public=document)
    return ImportedAttachment(attachment=stored, file_key=key)


async def shown(client: StoreClient, owner: Owner = ANN, thread_id: str = "cthr_1") -> Json:
    document: Json = orjson.loads(await client.threads.show(owner, thread_id))
    return document


def ids(document: Json) -> list[str]:
    return [each["id"] for each in document["items"]["data"]]


async def test_a_thread_comes_with_its_title_status_time_and_order(client: StoreClient) -> None:
    """It is its owner's, as if they had begun it then."""
    status: Any = {"type": "locked", "reason": "Moved"}
    command = thread("z", "a", "m", title="Weather", status=status)

    done = await client.imports.thread(ANN, command)

    assert (done.outcome, done.items) == (ImportOutcome.IMPORTED, 3)
    document = await shown(client)
    assert ids(document) == ["z", "a", "m"]
    assert (document["title"], document["status"]) == ("Weather", status)
    assert document["created_at"] == "2025-03-01T12:30:00Z"
    with pytest.raises(NotFound):
        await shown(client, BOB)


async def test_a_long_thread_keeps_its_order(client: StoreClient) -> None:
    """Longer than the numbers of one value of the sequence; what is said next follows."""
    wanted = [f"i{place}" for place in range(2500)]
    await client.imports.thread(ANN, thread(*wanted))
    accepted = await accept(client, message("More", thread_id="cthr_1"), owner=ANN)
    assert accepted.thread_id == "cthr_1"

    read, after = list[str](), None
    while True:
        page = orjson.loads(
            await client.threads.items(ANN, "cthr_1", limit=100, order="asc", after=after)
        )
        read += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            break
        after = page["data"][-1]["id"]
    assert (read[:-1], len(read)) == (wanted, 2501)


async def test_again_it_changes_nothing(client: StoreClient) -> None:
    """Also not what the user has changed since: title, and items that they deleted."""
    command = thread("a", "b", title="Weather")
    await client.imports.thread(ANN, command)
    await client.threads.remove_item(ANN, "cthr_1", "a")

    again = await client.imports.thread(ANN, command)

    assert (again.outcome, again.items) == (ImportOutcome.UNCHANGED, 0)
    assert ids(await shown(client)) == ["b"]


async def test_what_was_said_elsewhere_meanwhile_is_added(client: StoreClient) -> None:
    """A first import is a rehearsal; the last one brings the rest."""
    await client.imports.thread(ANN, thread("a", "b"))

    more = await client.imports.thread(ANN, thread("a", "b", "c", "d"))

    assert (more.outcome, more.items) == (ImportOutcome.EXTENDED, 2)
    assert ids(await shown(client)) == ["a", "b", "c", "d"]


async def test_a_thread_that_went_on_here_stays_as_it_is(client: StoreClient) -> None:
    """What was said elsewhere would stand behind what was said here later."""
    await client.imports.thread(ANN, thread("a"))
    await accept(client, message("Hello", thread_id="cthr_1"), owner=ANN)

    done = await client.imports.thread(ANN, thread("a", "b"))

    assert done.outcome is ImportOutcome.UNCHANGED
    assert len(ids(await shown(client))) == 2


@pytest.mark.parametrize("other", [BOB, Owner("globex", "ann")], ids=["user", "tenant"])
async def test_nobodys_thread_is_taken_over(client: StoreClient, other: Owner) -> None:
    """Not a thread, not an attachment, not a file; and nothing of a refused import stays."""
    await client.imports.file(other, ReserveFile(key=KEY, size=3))
    await client.imports.thread(other, thread("a", attachments=[attachment()]))

    with pytest.raises(ThreadTaken, match="cthr_1"):
        await client.imports.thread(ANN, thread("b"))
    with pytest.raises(ThreadTaken, match="file_1"):
        await client.imports.thread(
            ANN, thread("b", thread_id="cthr_2", attachments=[attachment(key=None)])
        )
    with pytest.raises(ThreadTaken, match=KEY):
        await client.imports.file(ANN, ReserveFile(key=KEY, size=3))
    with pytest.raises(NotFound):
        await shown(client, ANN, "cthr_2")
    assert ids(await shown(client, other)) == ["a"]


async def test_a_file_is_sent_once_and_kept_with_its_thread(client: StoreClient) -> None:
    """One that nobody told of is no file."""
    with pytest.raises(NotFound):
        await client.imports.thread(ANN, thread("a", attachments=[attachment()]))
    file = ReserveFile(key=KEY, size=3)
    assert await client.imports.file(ANN, file)
    assert await client.imports.file(ANN, file)  # its bytes may not have come

    await client.imports.thread(ANN, thread("a", attachments=[attachment()]))

    assert not await client.imports.file(ANN, file)
    assert orjson.loads(await client.attachments.load(ANN, "file_1"))["id"] == "file_1"


async def test_limits_of_users_do_not_refuse_an_import(store_with: Any) -> None:
    """They hold for what the user does next."""
    narrow = Limits(max_threads_per_user=1, max_items_per_thread=1, storage_per_user=1)
    async with store_with(narrow) as client:
        for number in range(3):
            command = thread("a", "b", thread_id=f"cthr_{number}")
            assert (await client.imports.thread(ANN, command)).items == 2
        assert await client.imports.file(ANN, ReserveFile(key=KEY, size=10**9))


async def test_of_two_imports_at_once_one_makes_the_thread(client: StoreClient) -> None:
    """The other finds it, and adds nothing twice."""
    thread_id = new_id("thr")
    command = thread(*(f"i{place}" for place in range(50)), thread_id=thread_id)

    both = await asyncio.gather(*(client.imports.thread(ANN, command) for _ in range(4)))

    outcomes = sorted(each.outcome for each in both)
    assert outcomes == ["imported", "unchanged", "unchanged", "unchanged"]
    page = await client.threads.items(ANN, thread_id, limit=100, order="asc", after=None)
    assert len(orjson.loads(page)["data"]) == 50


async def test_an_erasure_finds_what_was_imported(client: StoreClient) -> None:
    """They are rows like any other."""
    await client.imports.file(ANN, ReserveFile(key=KEY, size=3))
    await client.imports.thread(ANN, thread("a", attachments=[attachment()]))
    counts = (await client.privacy.preview(ANN)).counts
    assert (counts["threads"], counts["attachments"], counts["files"]) == (1, 1, 1)

    await client.privacy.erase(ANN)

    async def is_done() -> bool:
        return (await client.privacy.erasure(ANN)).state is not ErasureState.ERASING

    await wait_until_async(is_done)
    with pytest.raises(NotFound):
        await shown(client)


def test_a_command_is_bounded() -> None:
    """In items, and no id comes twice."""
    with pytest.raises(ValueError, match="twice"):
        thread("a", "a")
    with pytest.raises(ValueError, match="at most 20000"):
        thread(*map(str, range(20_001)))
