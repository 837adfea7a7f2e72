"""Attachments and files: room first, then bytes, once, and for their owner only."""

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
from turnstream.errors import NotFound, StorageFull, Unprocessable
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import ANN, BOB, accept, message
from tests.support.waiting import wait_until_async

PAYLOAD = '{"id":"a","type":"file","name":"a.txt","mime_type":"text/plain"}'


async def reserve(client: StoreClient, owner: Owner = ANN, size: int = 5) -> str:
    """An attachment whose bytes have not come: its id."""
    attachment_id = new_id("atc")
    key = f"{attachment_id}.txt"
    attachment = StoredAttachment(attachment_id=attachment_id, payload=PAYLOAD, public=PAYLOAD)
    command = ReserveAttachment(attachment=attachment, file_key=key, size=size)
    await client.attachments.reserve(owner, command)
    return attachment_id


async def upload(client: StoreClient, owner: Owner = ANN) -> str:
    """An attachment with its bytes."""
    attachment_id = await reserve(client, owner)
    await client.attachments.uploaded(owner, attachment_id, uploaded())
    return attachment_id


def uploaded() -> AttachmentUploaded:
    return AttachmentUploaded(payload=PAYLOAD, public=PAYLOAD, size=5)


async def test_a_message_waits_for_no_upload(client: StoreClient) -> None:
    """An attachment without its bytes is refused with the whole message, and can be sent later."""
    attachment_id = await reserve(client)
    asked = message(input={"attachments": [attachment_id]})
    with pytest.raises(Unprocessable, match="not been uploaded"):
        await accept(client, asked)

    await client.attachments.uploaded(ANN, attachment_id, uploaded())
    await accept(client, asked)


async def test_bytes_come_once(client: StoreClient) -> None:
    """What was looked at and sent can't be exchanged behind its back."""
    attachment_id = await upload(client)
    with pytest.raises(Unprocessable, match="already"):
        await client.attachments.uploaded(ANN, attachment_id, uploaded())


async def test_another_user_finds_nothing(client: StoreClient) -> None:
    """Reading, sending, deleting and completing are all 404."""
    attachment_id = await upload(client)
    calls = (
        lambda: client.attachments.load(BOB, attachment_id),
        lambda: client.attachments.delete(BOB, attachment_id),
        lambda: client.attachments.uploaded(BOB, attachment_id, uploaded()),
        lambda: accept(client, message(input={"attachments": [attachment_id]}), owner=BOB),
    )
    for call in calls:
        with pytest.raises(NotFound):
            await call()


async def test_one_user_can_not_fill_the_storage(store_with: StoreWith) -> None:
    """Unsent uploads and bytes are counted per user; what is deleted does not count."""
    async with store_with(Limits(max_unsent_files=2, storage_per_user=100)) as client:
        with pytest.raises(StorageFull, match="100 bytes"):
            await reserve(client, size=101)
        first = await upload(client)
        await upload(client)
        with pytest.raises(StorageFull, match="not been sent"):
            await reserve(client)
        await reserve(client, owner=BOB)

        await client.attachments.delete(ANN, first)

        async def room() -> bool:
            try:
                await reserve(client)
            except StorageFull:
                return False
            return True

        await wait_until_async(room)


async def test_tools_fill_the_same_room_as_uploads(store_with: StoreWith) -> None:
    """One limit per user, no matter who makes the bytes."""
    async with store_with(Limits(storage_per_user=8)) as client:
        await reserve(client, size=5)
        with pytest.raises(StorageFull):
            await client.files.reserve(ANN, ReserveFile(key=f"{new_id('img')}.png", size=4))


async def test_a_file_of_somebody_else_can_be_neither_taken_nor_kept(client: StoreClient) -> None:
    """Its key looks like one that does not exist, and so does a thread of somebody else's."""
    thread = (await accept(client, message())).thread_id
    key = f"{new_id('img')}.png"
    await client.files.reserve(ANN, ReserveFile(key=key, size=5))

    with pytest.raises(NotFound):
        await client.files.reserve(BOB, ReserveFile(key=key, size=5))
    with pytest.raises(NotFound):
        await client.files.keep(BOB, key, KeepFile(thread_id=thread))
    await client.files.reserve(BOB, ReserveFile(key=f"{new_id('img')}.png", size=5))
