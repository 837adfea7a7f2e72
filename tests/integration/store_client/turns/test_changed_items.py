"""What somebody else makes of a turn's item is told to the turn's later attempts, and stays."""

import orjson
from turnstream.contracts.turns import ClaimedTurn, Json, ReleaseTurn
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, accept, claim, item, request, running, save_item, write


async def taken_over(client: StoreClient, turn: ClaimedTurn) -> ClaimedTurn:
    """The next attempt at a turn."""
    release = ReleaseTurn(attempt=turn.attempt, count_as_failed=False)
    await client.turns.release(turn.context.owner, turn.turn_id, release)
    claimed = await claim(client, turn.turn_id)
    assert claimed is not None
    return claimed


async def stored(client: StoreClient, turn: ClaimedTurn, item_id: str) -> Json:
    """An item as it is now."""
    document: Json = orjson.loads(await client.threads.item(ANN, turn.thread_id, item_id))
    return document


async def test_an_attempt_is_told_of_both_forms(client: StoreClient) -> None:
    """The changed one, and the last that the turn itself gave the item."""
    first = await running(client)
    for text in ("draft", "made"):
        made = item("wdg_1", text=text)
        await save_item(client, first, made)
    await save_item(client, first, item("wdg_2", text="made"))
    for text in ("changed", "changed again"):
        await client.threads.save_item(ANN, first.thread_id, item("wdg_1", text=text))

    second = await taken_over(client, first)

    assert [own["text"] for own in second.own_items] == ["changed again", "made"]
    assert [(own["id"], own["text"]) for own in second.made_items] == [("wdg_1", "made")]


async def test_what_is_brought_again_stays_as_it_is(client: StoreClient) -> None:
    """It counts as the new attempt's, no matter who changed it, and when."""
    first = await running(client)
    await save_item(client, first, item("wdg_1", text="made"))
    second = await taken_over(client, first)
    await client.threads.save_item(ANN, first.thread_id, item("wdg_1", text="changed"))

    await write(client, second, reconfirmed=["wdg_1"])

    assert (await stored(client, first, "wdg_1"))["text"] == "changed"
    seen_by = (second.turn_id, second.attempt)
    page = await client.threads.items(
        ANN, first.thread_id, limit=1, order="desc", after=None, seen_by=seen_by
    )
    assert [each["id"] for each in orjson.loads(page)["data"]] == ["wdg_1"]


async def test_a_new_form_of_the_turn_takes_the_place_of_a_change(client: StoreClient) -> None:
    """As it does without a crash: then there is nothing left to tell."""
    first = await running(client)
    await save_item(client, first, item("wdg_1", text="made"))
    await client.threads.save_item(ANN, first.thread_id, item("wdg_1", text="changed"))
    await save_item(client, first, item("wdg_1", text="newer"))

    second = await taken_over(client, first)

    assert [own["text"] for own in second.own_items] == ["newer"]
    assert second.made_items == []


async def test_an_answer_of_the_page_counts_as_a_change(client: StoreClient) -> None:
    """The output of a client tool comes with a turn of its own, before its caller has ended."""
    first = await running(client)
    call = item("ctc_1", "client_tool_call", status="pending", name="switch_theme")
    await save_item(client, first, call)
    output = request(
        "threads.add_client_tool_output", thread_id=first.thread_id, result={"done": True}
    )
    await accept(client, output)

    second = await taken_over(client, first)

    assert [own["status"] for own in second.own_items] == ["completed"]
    assert [own["status"] for own in second.made_items] == ["pending"]
