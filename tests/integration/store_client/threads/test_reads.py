"""Pages are full, in order, and everybody sees only their own."""

import orjson
import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.pages import PAGE_BYTES
from turnstream.contracts.store_api import GiveFeedback, SaveFact, ThreadPatch
from turnstream.contracts.turns import Json, ReleaseTurn
from turnstream.errors import NotFound
from turnstream.store_client import StoreClient

from tests.integration.store.conftest import item_ids
from tests.support.turns import ANN, BOB, accept, claim, finish, item, message, running, save_item


async def thread_with(client: StoreClient, *kinds: str) -> str:
    """A thread with its message and one item of each kind, in this order."""
    turn = await running(client)
    for number, kind in enumerate(kinds):
        await save_item(client, turn, item(f"i{number}", kind))
    await finish(client, turn)
    return turn.thread_id


async def test_hidden_items_neither_show_nor_shorten_a_page(client: StoreClient) -> None:
    """A page of two visible items stays full with hidden ones between them."""
    hidden = "hidden_context_item"
    thread_id = await thread_with(client, "widget", hidden, hidden, "widget", "widget")

    page = orjson.loads(
        await client.threads.items(ANN, thread_id, limit=2, order="desc", after=None)
    )

    assert [entry["id"] for entry in page["data"]] == ["i4", "i3"]
    assert (page["has_more"], page["after"]) == (True, "i3")


async def test_pages_join_without_gap_or_overlap(client: StoreClient) -> None:
    """Walking a thread by pages of three, either way, brings every item once."""
    thread_id = await thread_with(client, *["widget"] * 10)
    for order in ("asc", "desc"):
        seen: list[str] = []
        after: str | None = None
        while True:
            page = orjson.loads(
                await client.threads.items(ANN, thread_id, limit=3, order=order, after=after)
            )
            seen += [entry["id"] for entry in page["data"]]
            after = page.get("after")
            if not page["has_more"]:
                break
        expected = await item_ids(client, thread_id)
        assert seen == (expected if order == "asc" else expected[::-1])


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_page_of_long_items_is_bounded_in_bytes(client: StoreClient, order: str) -> None:
    """Fewer of them fit; one that is too long alone is a page of its own, and none is lost."""
    turn = await running(client)
    for number in range(5):
        await save_item(client, turn, item(f"i{number}", text="長" * 100_000))
    await save_item(client, turn, item("i5", text="x" * PAGE_BYTES))
    await save_item(client, turn, item("i6"))
    await finish(client, turn)
    seen: list[list[str]] = []
    page: Json = {}
    while page.get("has_more", True):
        after = page.get("after")
        page = orjson.loads(
            await client.threads.items(
                ANN, turn.thread_id, limit=50, order=order, after=after, seen_by=(turn.turn_id, 1)
            )
        )
        seen.append([entry["id"] for entry in page["data"] if entry["id"].startswith("i")])

    in_order = [["i0", "i1", "i2"], ["i3", "i4"], ["i5"], ["i6"]]
    turned = [["i6"], ["i5"], ["i4", "i3", "i2"], ["i1", "i0"]]
    assert seen == (in_order if order == "asc" else turned)


async def test_a_payload_comes_back_byte_for_byte(client: StoreClient) -> None:
    """Unknown properties, their order and odd characters survive the store untouched."""
    strange = {"widget": {"zeta": 1.0, "alpha": "\u0000\U0001f600", "border": None}}
    turn = await running(client)
    stored = item("w1", "widget", **strange)
    await save_item(client, turn, stored)

    loaded = await client.threads.item(ANN, turn.thread_id, "w1")

    assert loaded.decode() == stored.payload


async def test_a_turn_is_retold_with_what_it_replaced(client: StoreClient) -> None:
    """Items of its own, and a widget of an earlier turn in its new state; no turn tells another's
    change.
    """
    thread_id = await thread_with(client, "widget", "widget")
    acting = message(thread_id=thread_id)
    turn = await running(client, acting)
    for changed in (item("i0", "widget", state="new"), item("own")):
        await save_item(client, turn, changed)
    await finish(client, turn)
    later = await running(client, acting)

    events = orjson.loads(await client.turns.replay(ANN, turn.turn_id))

    told = [(event["type"], event["item"]["id"]) for event in events[1:] if "item" in event]
    assert told == [("thread.item.replaced", "i0"), ("thread.item.done", "own")]
    assert events[1]["item"]["state"] == "new"
    assert b"replaced" not in await client.turns.replay(ANN, later.turn_id)


async def test_every_read_of_somebody_elses_is_not_found(client: StoreClient) -> None:
    """Threads, items, turns and facts of ann do not exist for bob."""
    turn = await running(client)
    await client.facts.add(ANN, SaveFact(id="fact_1", text="likes tea"))
    thread_id, turn_id = turn.thread_id, turn.turn_id
    page = {"limit": 5, "order": "asc", "after": None}
    rating = GiveFeedback(item_ids=[turn.items[0]["id"]], kind="positive")
    for call in (
        lambda: client.threads.show(BOB, thread_id),
        lambda: client.threads.metadata(BOB, thread_id),
        lambda: client.threads.items(BOB, thread_id, **page),  # type: ignore[arg-type]
        lambda: client.threads.item(BOB, thread_id, turn.items[0]["id"]),
        lambda: client.threads.delete(BOB, thread_id),
        lambda: client.threads.patch(BOB, thread_id, ThreadPatch(fields={"title": "x"})),
        lambda: client.feedback.give(BOB, thread_id, rating),
        lambda: client.feedback.of_thread(BOB, thread_id, limit=5),
        lambda: client.turns.show(BOB, turn_id),
        lambda: client.turns.worker(BOB, turn_id),
        lambda: client.turns.replay(BOB, turn_id),
        lambda: client.turns.active(BOB, thread_id),
        lambda: client.facts.save(BOB, "fact_1"),
        lambda: client.facts.discard(BOB, "fact_1"),
    ):
        with pytest.raises(NotFound):
            await call()
    assert await client.facts.newest(BOB) == []


async def test_a_turn_names_the_instance_that_runs_it(client: StoreClient) -> None:
    """Only while it runs: nobody has a turn that waits, or that has ended."""
    waiting = await accept(client)
    assert await client.turns.worker(ANN, waiting.turn_id) is None
    turn = await running(client)
    assert await client.turns.worker(ANN, turn.turn_id) == "w1"
    await finish(client, turn)
    assert await client.turns.worker(ANN, turn.turn_id) is None


async def test_threads_are_listed_newest_first_and_by_owner(client: StoreClient) -> None:
    """A page of threads holds the owner's own, and an unknown cursor is NotFound."""
    mine = [(await accept(client)).thread_id for _ in range(3)]
    await accept(client, owner=BOB)

    page = orjson.loads(await client.threads.page(ANN, limit=2, order="desc", after=None))

    assert [thread["id"] for thread in page["data"]] == mine[:0:-1]
    with pytest.raises(NotFound):
        await client.threads.page(ANN, limit=2, order="desc", after=new_id("thr"))


async def test_a_patch_leaves_other_fields_alone(client: StoreClient) -> None:
    """A title set by the user survives an assistant that only changes metadata."""
    turn = await running(client)
    await client.threads.patch(ANN, turn.thread_id, ThreadPatch(fields={"title": "Mine"}))
    patch = ThreadPatch(attempt=turn.attempt, fields={}, metadata={"mood": "good"})
    await client.attempts.patch_thread(turn.context.owner, turn.turn_id, patch)

    thread = orjson.loads(await client.threads.metadata(ANN, turn.thread_id))

    assert (thread["title"], thread["metadata"]) == ("Mine", {"mood": "good"})


async def test_a_title_that_the_user_chose_stays(client: StoreClient) -> None:
    """The assistant thinks of one while the turn runs, in this attempt or in the next."""
    turn = await running(client)
    early = ThreadPatch(attempt=turn.attempt, fields={"title": "Early"})
    before = await client.attempts.patch_thread(ANN, turn.turn_id, early)
    assert before["title"] == "Early"
    await client.threads.patch(ANN, turn.thread_id, ThreadPatch(fields={"title": "Mine"}))

    late = ThreadPatch(attempt=turn.attempt, fields={"title": "Late"}, metadata={"mood": "good"})
    first = await client.attempts.patch_thread(turn.context.owner, turn.turn_id, late)
    release = ReleaseTurn(attempt=turn.attempt, count_as_failed=False)
    await client.turns.release(turn.context.owner, turn.turn_id, release)
    again = await claim(client, turn.turn_id)
    assert again is not None
    later = late.model_copy(update={"attempt": again.attempt})
    second = await client.attempts.patch_thread(turn.context.owner, turn.turn_id, later)
    await finish(client, again)
    next_turn = await running(client, message(thread_id=turn.thread_id))
    wanted = ThreadPatch(attempt=next_turn.attempt, fields={"title": "Asked for"})
    third = await client.attempts.patch_thread(next_turn.context.owner, next_turn.turn_id, wanted)

    assert [first["title"], second["title"], third["title"]] == ["Mine", "Mine", "Asked for"]
    assert first["metadata"] == {"mood": "good"}
    assert "title" not in again.thread


async def test_a_patch_holds_what_a_column_can_hold(client: StoreClient) -> None:
    """U+0000 and half a character are replaced before the store is asked."""
    turn = await running(client)
    odd = ThreadPatch(fields={"title": "a\x00b"}, metadata={"k\x00": ["\ud83d\ude00 \ud83d"]})
    await client.threads.patch(ANN, turn.thread_id, odd)

    thread = orjson.loads(await client.threads.metadata(ANN, turn.thread_id))

    assert (thread["title"], thread["metadata"]) == ("a\ufffdb", {"k\ufffd": ["😀 \ufffd"]})


async def test_ids_from_clients_are_only_ever_ids(client: StoreClient) -> None:
    """Path tricks in an id find nothing."""
    await accept(client, message())
    for trick in ("..", ".", "", "../facts", "a/b", "%2e%2e", "x" * 300, "a?owner=bob"):
        with pytest.raises(NotFound):
            await client.threads.show(ANN, trick)


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_page_goes_on_behind_an_item_that_was_deleted(
    client: StoreClient, order: str
) -> None:
    """The client has a page up to it, and nobody tells it that the cursor is gone."""
    thread_id = await thread_with(client, *["widget"] * 4)
    page = orjson.loads(
        await client.threads.items(ANN, thread_id, limit=2, order=order, after=None)
    )
    await client.threads.remove_item(ANN, thread_id, page["after"])

    rest = orjson.loads(
        await client.threads.items(ANN, thread_id, limit=9, order=order, after=page["after"])
    )
    ids = [entry["id"] for entry in page["data"] + rest["data"]]

    left = await item_ids(client, thread_id)
    assert sorted(ids) == sorted([*left, page["after"]])
    with pytest.raises(NotFound):
        await client.threads.items(ANN, thread_id, limit=9, order=order, after="never")


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_page_goes_on_behind_a_thread_that_was_deleted(
    client: StoreClient, order: str
) -> None:
    """Its owner deleted it in another window."""
    made = {await thread_with(client, "widget") for _ in range(4)}
    page = orjson.loads(await client.threads.page(ANN, limit=2, order=order, after=None))
    await client.threads.delete(ANN, page["after"])

    rest = orjson.loads(await client.threads.page(ANN, limit=9, order=order, after=page["after"]))

    ids = [entry["id"] for entry in page["data"] + rest["data"]]
    assert len(ids) == 4
    assert set(ids) == made
    with pytest.raises(NotFound):
        await client.threads.page(BOB, limit=9, order=order, after=page["after"])
