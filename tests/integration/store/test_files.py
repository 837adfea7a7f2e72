"""Bytes are kept as long as somebody needs them, and not a sweep longer."""

from pathlib import Path

import asyncpg
import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import (
    AttachmentUploaded,
    KeepFile,
    ReserveAttachment,
    ReserveFile,
    StoredAttachment,
)
from turnstream.errors import NotFound
from turnstream.files.blobs import Blobs
from turnstream.store_client import StoreClient

from tests.support.system.services import running_store
from tests.support.turns import ANN, accept, message
from tests.support.waiting import wait_until_async

PAYLOAD = '{"id":"a","type":"file","name":"a.txt","mime_type":"text/plain"}'


@pytest.fixture
def blobs(blobs_url: str) -> Blobs:
    return Blobs(blobs_url)


async def reserve(client: StoreClient, owner: Owner = ANN, size: int = 5) -> tuple[str, str]:
    """An attachment whose bytes have not come: its id and its key."""
    attachment_id = new_id("atc")
    key = f"{attachment_id}.txt"
    attachment = StoredAttachment(attachment_id=attachment_id, payload=PAYLOAD, public=PAYLOAD)
    command = ReserveAttachment(attachment=attachment, file_key=key, size=size)
    await client.attachments.reserve(owner, command)
    return attachment_id, key


async def upload(client: StoreClient, blobs: Blobs, owner: Owner = ANN) -> tuple[str, str]:
    """An attachment with its bytes."""
    attachment_id, key = await reserve(client, owner)
    await blobs.put(key, b"hello")
    await client.attachments.uploaded(owner, attachment_id, uploaded())
    return attachment_id, key


def uploaded() -> AttachmentUploaded:
    return AttachmentUploaded(payload=PAYLOAD, public=PAYLOAD, size=5)


async def is_gone(blobs: Blobs, key: str) -> bool:
    try:
        await blobs.get(key)
    except NotFound:
        return True
    return False


async def wait_until_gone(blobs: Blobs, key: str) -> None:
    await wait_until_async(lambda: is_gone(blobs, key), message=f"{key} is still there")


async def rows(database: str) -> list[str]:
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    found = await connection.fetch("SELECT key FROM files")
    await connection.close()
    return [row["key"] for row in found]


async def test_a_deleted_thread_takes_its_bytes_along(client: StoreClient, blobs: Blobs) -> None:
    """The blob, and the text that was read from it, follow within a sweep."""
    attachment_id, key = await upload(client, blobs)
    await blobs.put(f"{key}.txt", b"read")
    sent = await accept(client, message(input={"attachments": [attachment_id]}))
    assert await blobs.get(key) == b"hello"

    await client.threads.delete(ANN, sent.thread_id)

    await wait_until_gone(blobs, key)
    await wait_until_gone(blobs, f"{key}.txt")


async def test_a_deleted_attachment_takes_its_bytes_along(
    client: StoreClient, blobs: Blobs, emptied: str
) -> None:
    """Nothing is left of it, neither blob nor row."""
    attachment_id, key = await upload(client, blobs)

    await client.attachments.delete(ANN, attachment_id)

    await wait_until_gone(blobs, key)

    async def forgotten() -> bool:
        return await rows(emptied) == []

    await wait_until_async(forgotten)


async def test_an_upload_that_is_never_sent_ends(
    emptied: str, redis: str, blobs_url: str, blobs: Blobs
) -> None:
    """Its row and its bytes go when its time has passed; one that was sent stays."""
    async with running_store(
        emptied, redis, sweep_interval="100ms", blobs_url=blobs_url, upload_lifetime="1s"
    ) as client:
        kept_id, kept = await upload(client, blobs)
        await accept(client, message(input={"attachments": [kept_id]}))
        attachment_id, key = await upload(client, blobs)
        await wait_until_gone(blobs, key)
        with pytest.raises(NotFound):
            await client.attachments.load(ANN, attachment_id)
        assert await blobs.get(kept) == b"hello"


async def test_a_file_that_can_not_be_deleted_keeps_no_other_waiting(
    client: StoreClient, blobs: Blobs, blobs_url: str
) -> None:
    """It is left alone for a while; the sweep goes on."""
    stuck_id, stuck = await reserve(client)
    await client.attachments.uploaded(ANN, stuck_id, uploaded())
    directory = Path(blobs_url.removeprefix("file:"), stuck)
    directory.mkdir(parents=True)
    (directory / "inside").touch()
    other_id, other = await upload(client, blobs)

    await client.attachments.delete(ANN, stuck_id)
    await client.attachments.delete(ANN, other_id)

    await wait_until_gone(blobs, other)
    assert directory.exists()


async def test_a_file_that_a_tool_made_is_kept_as_long_as_its_thread(
    client: StoreClient, blobs: Blobs, emptied: str
) -> None:
    """Each step may be repeated, as a tool that runs again does."""
    thread = (await accept(client, message())).thread_id
    key = f"{new_id('img')}.png"
    for _ in range(2):
        await client.files.reserve(ANN, ReserveFile(key=key, size=5))
        await blobs.put(key, b"image")
        await client.files.keep(ANN, key, KeepFile(thread_id=thread))
    assert await rows(emptied) == [key]

    await client.threads.delete(ANN, thread)

    await wait_until_gone(blobs, key)


async def test_a_file_whose_tool_died_before_keeping_it_ends(
    emptied: str, redis: str, blobs_url: str, blobs: Blobs
) -> None:
    """Bytes without a thread go when their time has passed."""
    async with running_store(
        emptied, redis, sweep_interval="100ms", blobs_url=blobs_url, upload_lifetime="1s"
    ) as client:
        key = f"{new_id('img')}.png"
        await client.files.reserve(ANN, ReserveFile(key=key, size=5))
        await blobs.put(key, b"image")
        await wait_until_gone(blobs, key)
