"""A request becomes a turn with everything it implies, or leaves nothing behind."""

import asyncio

import orjson
import pytest
from turnstream.contracts.identity import TenantSettings
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import ReserveFile, StoredAttachment
from turnstream.contracts.turns import BusyPolicy, TurnStatus
from turnstream.errors import (
    BadRequest,
    IdempotencyKeyReused,
    NotFound,
    NothingPending,
    StorageFull,
    ThreadBusy,
    ThreadFull,
    TooManyThreads,
    TooManyTurns,
    TooManyTurnsOfSession,
    TooManyTurnsOfTenant,
    Unprocessable,
)
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import (
    ANN,
    BOB,
    OTHER_ANN,
    accept,
    claim,
    finish,
    item,
    message,
    request,
    running,
    save_item,
    shown,
)
from tests.support.waiting import wait_until_async


async def test_a_new_thread_comes_with_its_message_and_turn(client: StoreClient) -> None:
    """`threads.create` writes thread, message and turn, and opens with both events."""
    accepted = await accept(client, message("hi"))

    assert [event["type"] for event in shown(accepted)] == ["thread.created", "thread.item.done"]
    thread = orjson.loads(await client.threads.show(ANN, accepted.thread_id))
    assert thread["items"]["data"][0]["content"][0]["text"] == "hi"
    assert (await client.turns.active(ANN, accepted.thread_id)).turn_id == accepted.turn_id


async def test_the_same_key_is_the_same_turn_however_often_it_comes(client: StoreClient) -> None:
    """Ten acceptances at once with one idempotency key make one thread and one turn."""
    tries = [accept(client, message("once"), key="k") for _ in range(10)]
    accepted = await asyncio.gather(*tries)

    assert len({each.turn_id for each in accepted}) == 1
    threads = orjson.loads(await client.threads.page(ANN, limit=20, order="desc", after=None))
    assert len(threads["data"]) == 1


async def test_a_key_can_not_name_two_requests(client: StoreClient) -> None:
    """The same idempotency key with another body is refused."""
    await accept(client, message("one"), key="k")

    with pytest.raises(IdempotencyKeyReused):
        await accept(client, message("two"), key="k")


async def test_a_user_has_so_many_turns_at_a_time(store_with: StoreWith) -> None:
    """In new threads and known ones; what was accepted before is found all the same, and other
    users don't matter.
    """
    async with store_with(Limits(max_turns_per_user=2)) as client:
        first = await accept(client, message("one"), key="first")
        await accept(client, message("two"))

        for one_more in (message(), message(thread_id=first.thread_id)):
            with pytest.raises(TooManyTurns):
                await accept(client, one_more)
        again = await accept(client, message("one"), key="first")
        await accept(client, owner=BOB)

    assert (again.turn_id, again.existing) == (first.turn_id, True)
    assert shown(again) == shown(first)


async def test_a_session_has_so_many_turns_at_a_time(store_with: StoreWith) -> None:
    """The user's other sessions, and what is of none, go on."""
    async with store_with(Limits(max_turns_per_session=2)) as client:
        first = await accept(client, session="one")
        await accept(client, session="one")

        for one_more in (message(), message(thread_id=first.thread_id)):
            with pytest.raises(TooManyTurnsOfSession):
                await accept(client, one_more, session="one")
        await accept(client, session="two")
        await accept(client)
        await accept(client, owner=BOB, session="one")


async def test_a_tenant_has_so_many_turns_at_a_time(store_with: StoreWith) -> None:
    """All of its users together; a store counts them now and then."""
    async with store_with(Limits(max_turns_per_tenant=2)) as client:

        async def is_refused() -> bool:
            try:
                await accept(client, owner=Owner("acme", new_id("user")))
            except TooManyTurnsOfTenant:
                return True
            return False

        await wait_until_async(is_refused)
        await accept(client)


async def test_a_tenants_own_limits_count_for_its_users(client: StoreClient) -> None:
    """In place of those of the deployment, and for no other tenant."""
    own = TenantSettings(
        max_turns_per_user=2, max_turns_per_session=1, max_queued_per_thread=1, storage_per_user=1
    )
    await client.tenants.set(OTHER_ANN.tenant, own)
    first = await accept(client, owner=OTHER_ANN, session="one")
    with pytest.raises(TooManyTurnsOfSession):
        await accept(client, owner=OTHER_ANN, session="one")
    with pytest.raises(TooManyTurns, match="in this thread"):
        await accept(client, message(thread_id=first.thread_id), owner=OTHER_ANN)
    await accept(client, owner=OTHER_ANN)
    with pytest.raises(TooManyTurns, match="At most 2"):
        await accept(client, owner=OTHER_ANN)
    with pytest.raises(StorageFull):
        await client.files.reserve(OTHER_ANN, ReserveFile(key=f"{new_id('img')}.png", size=2))

    for _ in range(3):
        await accept(client, session="one")


async def test_a_user_keeps_so_many_threads(store_with: StoreWith) -> None:
    """No new one is begun beyond the bound, until one is deleted; those that are there go on."""
    async with store_with(Limits(max_threads_per_user=2)) as client:
        first = await accept(client, message("one"), key="first")
        second = await accept(client, message("two"))

        with pytest.raises(TooManyThreads):
            await accept(client, message("three"))
        assert (await accept(client, message("one"), key="first")).turn_id == first.turn_id
        await accept(client, message("on", thread_id=first.thread_id))
        await accept(client, message("mine"), owner=BOB)
        await client.threads.delete(ANN, second.thread_id)
        await accept(client, message("three"))


async def test_a_thread_takes_so_many_items(store_with: StoreWith) -> None:
    """A message that finds as many is refused, in a busy thread and in a free one; a new thread is
    begun as ever.
    """
    async with store_with(Limits(max_items_per_thread=2)) as client:
        first = await running(client, message("one"))
        more = message("more", thread_id=first.thread_id)
        await accept(client, more)

        with pytest.raises(ThreadFull):
            await accept(client, more)
        await finish(client, first)
        second = await claim(client, (await client.turns.active(ANN, first.thread_id)).turn_id)
        assert second is not None
        await finish(client, second)
        with pytest.raises(ThreadFull):
            await accept(client, more)
        await accept(client, message("another"))


async def test_another_users_thread_does_not_exist(client: StoreClient) -> None:
    """A message for somebody else's thread is NotFound, and is not written."""
    accepted = await accept(client)

    with pytest.raises(NotFound):
        await accept(client, message("mine?", thread_id=accepted.thread_id), owner=BOB)


async def test_text_that_postgres_can_not_hold_in_a_column_is_a_bad_request(
    client: StoreClient,
) -> None:
    """A NUL in a key is refused by name; in a message's text it is kept as it came."""
    accepted = await accept(client, message("a\x00b"))
    thread = orjson.loads(await client.threads.show(ANN, accepted.thread_id))
    assert thread["items"]["data"][0]["content"][0]["text"] == "a\x00b"

    with pytest.raises(BadRequest):
        await accept(client, message(), key="a\x00b")


async def test_a_busy_thread_rejects_when_asked_to(client: StoreClient) -> None:
    """Policy `reject` refuses a second message and writes nothing of it."""
    claimed = await running(client)
    second = message("again", thread_id=claimed.thread_id)

    with pytest.raises(ThreadBusy):
        await accept(client, second, when_busy=BusyPolicy.REJECT)

    page = await client.threads.items(ANN, claimed.thread_id, limit=10, order="asc", after=None)
    assert len(orjson.loads(page)["data"]) == 1


async def test_an_interrupting_message_stops_the_running_turn(client: StoreClient) -> None:
    """Policy `interrupt` asks the running turn to stop and runs when it has."""
    claimed = await running(client)
    second = await accept(
        client, message("now", thread_id=claimed.thread_id), when_busy=BusyPolicy.INTERRUPT
    )

    assert await claim(client, second.turn_id) is None
    await finish(client, claimed, TurnStatus.CANCELLED)
    assert await claim(client, second.turn_id) is not None


async def test_a_waiting_message_moves_behind_the_answer_before_it(client: StoreClient) -> None:
    """A queued message stands behind the answer that was still being written when it came."""
    first = await running(client, message("one"))
    second = await accept(client, message("two", thread_id=first.thread_id))
    await save_item(client, first, item("msg_answer"))
    await finish(client, first)

    claimed = await claim(client, second.turn_id)

    assert claimed is not None
    kinds = [entry["type"] for entry in claimed.items]
    assert kinds == ["user_message", "assistant_message", "user_message"]


async def test_an_answer_nobody_waits_for_is_refused(client: StoreClient) -> None:
    """Client tool output without a pending call is NothingPending, not a broken stream."""
    claimed = await running(client)
    await finish(client, claimed)

    with pytest.raises(NothingPending):
        await accept(
            client,
            request("threads.add_client_tool_output", thread_id=claimed.thread_id, result=1),
        )


async def test_tool_output_finds_its_call_behind_a_newer_message(client: StoreClient) -> None:
    """A message sent while a client tool runs does not lose the tool's output."""
    first = await running(client)
    call = item("tc_1", "client_tool_call", status="pending", name="t", call_id="c", arguments={})
    await save_item(client, first, call)
    await finish(client, first)
    await finish(client, await running(client, message("hm", thread_id=first.thread_id)))

    output = request(
        "threads.add_client_tool_output", thread_id=first.thread_id, result={"ok": True}
    )
    await accept(client, output)

    done = orjson.loads(await client.threads.item(ANN, first.thread_id, "tc_1"))
    assert (done["status"], done["output"]) == ("completed", {"ok": True})


async def test_only_a_users_message_can_be_retried(client: StoreClient) -> None:
    """Retrying an answer is Unprocessable; retrying an unknown item NotFound."""
    first = await running(client)
    await save_item(client, first, item("msg_answer"))
    await finish(client, first)

    for item_id, error in (("msg_answer", Unprocessable), ("msg_unknown", NotFound)):
        with pytest.raises(error):
            await accept(
                client,
                request("threads.retry_after_item", thread_id=first.thread_id, item_id=item_id),
            )


async def test_a_retry_deletes_what_followed(client: StoreClient) -> None:
    """Retrying a message removes the answer, keeps the message and hands it to the attempt."""
    first = await running(client)
    await save_item(client, first, item("msg_answer"))
    await finish(client, first)
    assert first.input_item is not None

    again = request(
        "threads.retry_after_item",
        thread_id=first.thread_id,
        item_id=first.input_item["id"],
    )
    claimed = await running(client, again)

    assert claimed.input_item == first.input_item
    assert [entry["type"] for entry in claimed.items] == ["user_message"]


async def test_an_attachment_belongs_to_one_thread(client: StoreClient) -> None:
    """An attachment is bound with its message, is its owner's only, and can't be bound again."""
    document = '{"id":"atc_1","type":"file","name":"a","mime_type":"text/plain"}'
    attachment = StoredAttachment(attachment_id="atc_1", payload=document, public=document)
    await client.attachments.save(ANN, attachment)
    asked = message("see", input={"attachments": ["atc_1"]})

    accepted = await accept(client, asked)

    sent = shown(accepted)[1]["item"]["attachments"][0]
    assert sent["thread_id"] == accepted.thread_id
    with pytest.raises(Unprocessable):
        await accept(client, asked)
    with pytest.raises(NotFound):
        await accept(client, asked, owner=BOB)
