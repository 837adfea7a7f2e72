"""A claim brings all that a worker needs; the line behind it has an end."""

import asyncio

import orjson
from turnstream.contracts.pages import PAGE_BYTES
from turnstream.contracts.store_api import ThreadPatch
from turnstream.contracts.turns import TurnAccepted
from turnstream.errors import TooManyTurns
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import ANN, accept, finish, item, message, running, save_item

NEWEST_ITEMS = 30


async def test_the_queue_of_a_thread_has_an_end_for_all_at_once(store_with: StoreWith) -> None:
    """Ten messages at once for a queue of three: three are accepted."""
    async with store_with(Limits(max_queued_per_thread=3)) as client:
        first = await running(client)
        said = message(thread_id=first.thread_id)
        ends = await asyncio.gather(
            *(accept(client, said) for _ in range(10)), return_exceptions=True
        )

    assert sum(isinstance(end, TurnAccepted) for end in ends) == 3
    assert sum(isinstance(end, TooManyTurns) for end in ends) == 7


async def test_a_claim_tells_the_thread_as_a_read_does(client: StoreClient) -> None:
    """Title, metadata with its nulls, allowed domains: written by SQL as by Python."""
    first = await running(client)
    fields = {
        "title": 'A "title"',
        "status": {"type": "active", "reason": None},
        "allowed_image_domains": ["a.example"],
    }
    metadata = {"deep": {"null": None, "list": [None, 1.5]}}
    patch = ThreadPatch(attempt=first.attempt, fields=fields, metadata=metadata)
    await client.attempts.patch_thread(first.context.owner, first.turn_id, patch)
    await finish(client, first)

    second = await running(client, message(thread_id=first.thread_id))

    assert second.thread == orjson.loads(await client.threads.metadata(ANN, first.thread_id))


async def test_a_claim_brings_the_newest_items_and_says_if_there_are_more(
    client: StoreClient,
) -> None:
    """Thirty at most, newest first, and the message asked about even if it is far behind them."""
    first = await running(client)
    for number in range(NEWEST_ITEMS):
        await save_item(client, first, item(f"msg_{number}"))
    await finish(client, first)

    second = await running(client, message("more", thread_id=first.thread_id))

    assert [entry["id"] for entry in second.items[:2]] == [second.input_item["id"], "msg_29"]  # type: ignore[index]
    assert len(second.items) == NEWEST_ITEMS
    assert second.has_more_items
    assert not first.has_more_items


async def test_a_claim_brings_no_more_than_fits_into_a_page(client: StoreClient) -> None:
    """Of long texts the newest ones; the newest of all in any case."""
    first = await running(client)
    for number in range(5):
        await save_item(client, first, item(f"msg_{number}", text="長" * 100_000))
    await finish(client, first)
    second = await running(client, message(thread_id=first.thread_id))
    ids = [entry["id"] for entry in second.items]
    assert (ids[1:], second.has_more_items) == (["msg_4", "msg_3", "msg_2"], True)
    await save_item(client, second, item("msg_long", text="x" * PAGE_BYTES))
    await finish(client, second)

    third = await running(client, message("x", thread_id=first.thread_id))

    assert [entry["id"] for entry in third.items] == [third.input_item["id"]]  # type: ignore[index]
    assert third.has_more_items
