"""What users think of items: one rating an item, kept with the thread, read in pages."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Feedback, GiveFeedback
from turnstream.errors import BadRequest, NotFound, Unprocessable
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, BOB, finish, item, running, save_item

HIDDEN = "hidden_context_item"


async def answered(client: StoreClient, *item_ids: str, owner: Owner = ANN) -> str:
    """A thread with these items behind its message."""
    turn = await running(client, owner=owner)
    for item_id in item_ids:
        kind = HIDDEN if item_id.startswith("hidden") else "assistant_message"
        await save_item(client, turn, item(item_id, kind))
    await finish(client, turn)
    return turn.thread_id


async def judge(
    client: StoreClient,
    thread_id: str,
    *item_ids: str,
    kind: Literal["positive", "negative"] = "positive",
    owner: Owner = ANN,
) -> None:
    await client.feedback.give(owner, thread_id, GiveFeedback(item_ids=list(item_ids), kind=kind))


async def ratings(client: StoreClient, thread_id: str) -> list[tuple[str, str]]:
    page = await client.feedback.of_thread(ANN, thread_id, limit=100)
    return [(rating.item_id, rating.kind) for rating in page.data]


async def walk(client: StoreClient, **wanted: Any) -> list[Feedback]:
    """Everybody's ratings, in pages of two."""
    found: list[Feedback] = []
    after: str | None = None
    while True:
        page = await client.feedback.newest(limit=2, after=after, **wanted)
        found += page.data
        after = page.after
        if after is None:
            return found


async def test_the_newest_rating_on_an_item_counts(client: StoreClient) -> None:
    """Changing one's mind replaces the rating; naming an item twice is naming it once."""
    thread_id = await answered(client, "m1", "m2")
    await judge(client, thread_id, "m1", "m2", "m1")
    await judge(client, thread_id, "m1", kind="negative")

    assert await ratings(client, thread_id) == [("m1", "negative"), ("m2", "positive")]


@pytest.mark.parametrize("unknown", ["elsewhere", "hidden1", "nowhere"])
async def test_a_rating_names_items_that_its_owner_sees(client: StoreClient, unknown: str) -> None:
    """Of another thread, hidden, or invented: 404, and nothing of the rating is kept."""
    thread_id = await answered(client, "m1", "hidden1")
    await answered(client, "elsewhere")

    with pytest.raises(NotFound):
        await judge(client, thread_id, "m1", unknown)

    assert await ratings(client, thread_id) == []


async def test_a_rating_has_a_limit(client: StoreClient) -> None:
    """More items than an answer can have are refused before they are looked for."""
    thread_id = await answered(client, "m1")

    with pytest.raises(Unprocessable, match="100 items"):
        await judge(client, thread_id, *["m1"] * 101)


async def test_a_rating_outlives_the_answer_and_goes_with_the_thread(client: StoreClient) -> None:
    """A bad answer is judged and tried again: the rating stays until the thread is deleted."""
    thread_id = await answered(client, "m1")
    await judge(client, thread_id, "m1", kind="negative")
    await client.threads.remove_item(ANN, thread_id, "m1")
    assert await ratings(client, thread_id) == [("m1", "negative")]

    await client.threads.delete(ANN, thread_id)

    assert await walk(client) == []


async def test_an_operators_pages_join_without_gap_or_overlap(client: StoreClient) -> None:
    """Ratings given at one moment, of several owners, each come once, newest first."""
    mine = await answered(client, "a", "b", "c")
    theirs = await answered(client, "d", "e", owner=BOB)
    await judge(client, mine, "a", "b", "c", kind="negative")
    await judge(client, theirs, "d", "e", owner=BOB)

    everything = await walk(client)

    assert [rating.item_id for rating in everything] == ["e", "d", "c", "b", "a"]
    assert {rating.owner for rating in everything} == {"ann", "bob"}
    assert [v.item_id for v in await walk(client, kind="negative")] == ["c", "b", "a"]
    assert len(await walk(client, since=datetime.now(UTC) - timedelta(minutes=5))) == 5
    assert await walk(client, since=datetime.now(UTC) + timedelta(minutes=5)) == []
    with pytest.raises(BadRequest):
        await client.feedback.newest(limit=2, after="not a place")
