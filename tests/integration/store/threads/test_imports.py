"""Imports beside what a user does in the same thread, and what is told of them."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import asyncpg
import pytest
from turnstream.contracts.operating.imports import ImportedAttachment, ImportOutcome, ImportThread
from turnstream.contracts.operating.privacy import Actor, ActorKind
from turnstream.contracts.store_api import ReserveFile, StoredAttachment
from turnstream.files.blobs import Blobs, imported_key
from turnstream.store_client import StoreClient

from tests.integration.store.conftest import item_ids
from tests.integration.store.turns.test_interleaving import until_waiting
from tests.support.turns import ANN, accept, item, message

THREAD = "cthr_1"
KEY = imported_key("file_1", "png")


def imported(*items: str, **fields: Any) -> ImportThread:
    begun = datetime(2025, 3, 1, tzinfo=UTC)
    known = [item(each) for each in items]
    return ImportThread(thread_id=THREAD, created_at=begun, items=known, **fields)


@pytest.mark.parametrize("first", ["import", "message"])
async def test_an_import_and_a_message_of_one_thread_come_one_after_the_other(
    client: StoreClient, other: asyncpg.Connection, first: str
) -> None:
    """The message stands behind all that was imported; or the import finds it and adds nothing."""
    await client.imports.thread(ANN, imported("a"))
    rest = client.imports.thread(ANN, imported("a", "b", "c"))
    said = accept(client, message(thread_id=THREAD))
    tries: list[Coroutine[Any, Any, Any]] = [rest, said] if first == "import" else [said, rest]
    begun = list[asyncio.Task[Any]]()
    async with other.transaction():
        await other.execute("SELECT 1 FROM threads WHERE id = $1 FOR UPDATE", THREAD)
        for each in tries:
            begun.append(asyncio.create_task(each))
            await until_waiting(other, len(begun))

    done = await begun[tries.index(rest)]
    await begun[tries.index(said)]

    ids = await item_ids(client, THREAD)
    if done.outcome is ImportOutcome.EXTENDED:
        assert ids[:3] == ["a", "b", "c"]
        assert len(ids) == 4
    else:
        assert (done.outcome, ids[0], len(ids)) == (ImportOutcome.UNCHANGED, "a", 2)


async def test_an_import_waits_for_another_of_the_same_thread(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """One that has not committed yet is neither ignored nor repeated."""
    async with other.transaction():
        await other.execute(
            "INSERT INTO threads (id, tenant, owner, status, metadata)"
            " VALUES ($1, $2, $3, '{\"type\": \"active\"}', '{}')",
            THREAD,
            *ANN,
        )
        late = asyncio.create_task(client.imports.thread(ANN, imported("a")))
        await until_waiting(other)

    assert (await late).outcome is ImportOutcome.EXTENDED
    assert await item_ids(client, THREAD) == ["a"]


async def test_a_users_archive_has_what_was_imported(client: StoreClient, blobs_url: str) -> None:
    """Items, and the bytes of files; the audit tells who imported it."""
    stored = StoredAttachment(attachment_id="file_1", payload='{"id":"file_1"}', public="{}")
    attachment = ImportedAttachment(attachment=stored, file_key=KEY)
    await client.imports.file(ANN, ReserveFile(key=KEY, size=3))
    await Blobs(blobs_url).put(KEY, b"PNG")
    command = imported("a", attachments=[attachment])
    await client.imports.thread(ANN, command, Actor(ActorKind.KEY, "key_1"))
    await client.imports.thread(ANN, command, Actor(ActorKind.KEY, "key_2"))

    pieces = [piece async for piece in await client.privacy.export(ANN)]

    made = ZipFile(BytesIO(b"".join(pieces)))
    assert b'"id":"a"' in made.read("items.jsonl").replace(b" ", b"")
    assert made.read(f"files/{KEY}") == b"PNG"
    [entry] = (await client.privacy.audit(10, action="thread.imported")).data
    assert (entry.target, entry.user, entry.actor) == (THREAD, ANN.user, "key_1")
