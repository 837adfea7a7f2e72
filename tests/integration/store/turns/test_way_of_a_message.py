"""A reader follows a message through the store without coming back to a room again and again."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from turnstream.contracts.store_api import StoredAttachment
from turnstream.store_client import StoreClient

from tests.integration.store.conftest import Stores
from tests.support.turns import ANN, accept, finish, message, running
from tests.support.ways import Way

_DOCUMENT = '{"id": "atc_1", "type": "file", "name": "a", "mime_type": "text/plain"}'


async def _to_a_new_thread(_: StoreClient) -> dict[str, Any]:
    return message()


async def _to_a_known_thread(client: StoreClient) -> dict[str, Any]:
    before = await running(client)
    await finish(client, before)
    return message(thread_id=before.thread_id)


async def _with_an_attachment(client: StoreClient) -> dict[str, Any]:
    attachment = StoredAttachment(attachment_id="atc_1", payload=_DOCUMENT, public=_DOCUMENT)
    await client.attachments.save(ANN, attachment)
    return message(input={"attachments": ["atc_1"]})


@pytest.mark.parametrize("said", [_to_a_new_thread, _to_a_known_thread, _with_an_attachment])
async def test_a_message_enters_no_room_of_the_store_more_than_twice(
    stores: Stores, said: Callable[[StoreClient], Awaitable[dict[str, Any]]]
) -> None:
    """From the route to the committed row. What every query is made of, in `database/`, counts
    not.
    """
    client = await stores.start()
    await accept(client)  # connections are made
    asked, way = await said(client), Way("turnstream_store")
    with way.followed():
        await accept(client, asked)
    assert way.rooms["turns.acceptance.rules"] == 1
    rooms = {name: count for name, count in way.rooms.items() if not name.startswith("database.")}
    assert max(rooms.values()) <= 2, str(way)
