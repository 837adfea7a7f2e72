"""Every accepted turn reaches one visible end, also when nobody is left to run it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
import pytest
from redis.asyncio import Redis
from turnstream.contracts.turns import CancelReason, TurnStatus
from turnstream.http import sse
from turnstream.redis.event_log import Entry, EventLog, Kind, LogFenced, Position
from turnstream.redis.log_servers import one_server
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, accept, claim, finish, item, message, running, save_item
from tests.support.waiting import wait_until_async

BLINK = timedelta(milliseconds=1)


@pytest.fixture
async def event_log(redis: str) -> AsyncIterator[EventLog]:
    """The event logs the store writes to."""
    connection = Redis.from_url(redis)
    yield EventLog(one_server(connection))
    await connection.aclose()


async def ended(client: StoreClient, turn_id: str) -> TurnStatus:
    """How the turn ended, once it has."""

    async def over() -> bool:
        return (await client.turns.show(ANN, turn_id)).status.ended

    await wait_until_async(over, message="the turn does not end")
    return (await client.turns.show(ANN, turn_id)).status


async def closed(event_log: EventLog, turn_id: str) -> list[Entry]:
    """The whole log of a turn, once it has its end: that is written after the commit."""

    async def over() -> bool:
        log = await event_log.read_all(turn_id)
        return bool(log) and Kind.status_of(log[-1].kind) is not None

    await wait_until_async(over, message="the log is not closed")
    return await event_log.read_all(turn_id)


async def die(client: StoreClient, turn_id: str) -> int:
    """Claim the turn and say nothing more; the attempt that died."""
    attempt = 0

    async def claimed() -> bool:
        nonlocal attempt
        got = await claim(client, turn_id, worker="dying", lease=BLINK)
        attempt = got.attempt if got else 0
        return got is not None

    await wait_until_async(claimed, message="the turn can't be claimed")
    return attempt


async def saw(event_log: EventLog, turn_id: str, attempt: int, text: str) -> None:
    """Let the viewers of an attempt see the beginning of a message."""
    message_item = {
        "id": "msg_open",
        "type": "assistant_message",
        "thread_id": "t",
        "created_at": "2026-01-01T00:00:00Z",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }
    events = [orjson.dumps({"type": "thread.item.added", "item": message_item})]
    places = [Position(attempt, 0), Position(attempt, 1)]
    await wait_until_async(lambda: event_log.newest(turn_id))  # begun behind the acceptance
    await event_log.append(
        turn_id,
        [
            Entry(places[0], Kind.ATTEMPT, sse.frames(places[0], [])),
            Entry(places[1], Kind.EVENTS, sse.frames(places[1], events)),
        ],
    )


async def test_a_turn_past_its_attempts_is_a_dead_letter(
    client: StoreClient, event_log: EventLog
) -> None:
    """Three dead workers: the turn fails visibly, keeps what was seen, and frees its thread."""
    accepted = await accept(client)
    for _ in range(2):
        await die(client, accepted.turn_id)
    attempt = await die(client, accepted.turn_id)
    await saw(event_log, accepted.turn_id, attempt, "half an ans")

    assert await ended(client, accepted.turn_id) is TurnStatus.FAILED

    letters = [letter.turn_id for letter in await client.dead_letters.newest(10)]
    assert letters == [accepted.turn_id]
    thread = orjson.loads(await client.threads.show(ANN, accepted.thread_id))
    assert thread["items"]["data"][-1]["content"][0]["text"] == "half an ans"
    last = (await closed(event_log, accepted.turn_id))[-2:]
    kinds = [orjson.loads(event)["type"] for event in sse.events_in(last[0].frames)]
    assert kinds == ["thread.item.done", "error"]
    assert Kind.status_of(last[1].kind) is TurnStatus.FAILED
    await running(client, message("next", thread_id=accepted.thread_id))


async def test_a_turn_whose_worker_died_can_be_stopped(
    client: StoreClient, event_log: EventLog
) -> None:
    """Stop with a dead owner: the text that was seen is kept, and the model will know."""
    accepted = await accept(client)
    attempt = await die(client, accepted.turn_id)
    await saw(event_log, accepted.turn_id, attempt, "half")
    await client.turns.cancel(ANN, accepted.turn_id, CancelReason.STOP)

    assert await ended(client, accepted.turn_id) is TurnStatus.CANCELLED

    page = await client.threads.items(
        ANN, accepted.thread_id, limit=9, order="asc", after=None, seen_by=("", 0)
    )
    kinds = [entry["type"] for entry in orjson.loads(page)["data"]]
    assert kinds == ["user_message", "assistant_message", "sdk_hidden_context"]


async def test_an_item_that_was_stored_whole_stays_whole(
    client: StoreClient, event_log: EventLog
) -> None:
    """Its worker died between storing it and showing its end: viewers get what is stored."""
    accepted = await accept(client)
    got = await claim(client, accepted.turn_id, worker="dying", lease=timedelta(seconds=1))
    assert got is not None
    whole = item("msg_open", content=[{"type": "output_text", "text": "the answer"}])
    await save_item(client, got, whole)
    await saw(event_log, accepted.turn_id, got.attempt, "the ans")
    await client.turns.cancel(ANN, accepted.turn_id, CancelReason.STOP)

    assert await ended(client, accepted.turn_id) is TurnStatus.CANCELLED

    thread = orjson.loads(await client.threads.show(ANN, accepted.thread_id))
    stored = thread["items"]["data"][-1]
    assert stored["content"][0]["text"] == "the answer"
    last = (await closed(event_log, accepted.turn_id))[-2]
    shown = [orjson.loads(event) for event in sse.events_in(last.frames)]
    assert shown == [{"type": "thread.item.done", "item": stored}]


async def test_viewers_of_an_abandoned_turn_are_told_what_it_replaced(
    client: StoreClient, event_log: EventLog
) -> None:
    """The worker died between storing a widget's new state and showing it."""
    first = await running(client)
    await save_item(client, first, item("card", "widget"))
    await finish(client, first)
    accepted = await accept(client, message(thread_id=first.thread_id))
    got = await claim(client, accepted.turn_id, worker="dying", lease=timedelta(seconds=1))
    assert got is not None
    pressed = item("card", "widget", state="pressed")
    await save_item(client, got, pressed)

    await client.turns.cancel(ANN, accepted.turn_id, CancelReason.STOP)

    assert await ended(client, accepted.turn_id) is TurnStatus.CANCELLED
    entries = await closed(event_log, accepted.turn_id)
    events = [orjson.loads(event) for entry in entries for event in sse.events_in(entry.frames)]
    (shown,) = [event for event in events if event["type"] == "thread.item.replaced"]
    assert (shown["item"]["id"], shown["item"]["state"]) == ("card", "pressed")


async def test_a_deleted_thread_takes_what_its_logs_say_with_it(
    client: StoreClient, event_log: EventLog
) -> None:
    """Of a turn that ended the log is gone; of one that runs it tells the end, and the worker that
    still writes can't bring the rest back.
    """
    ended_turn = await running(client)
    thread_id = ended_turn.thread_id
    await finish(client, ended_turn)
    claimed = await running(client, message("secret", thread_id=thread_id))
    await saw(event_log, claimed.turn_id, claimed.attempt, "secret too")

    await client.threads.delete(ANN, thread_id)

    async def is_deleted() -> bool:
        return not await event_log.read_all(ended_turn.turn_id)

    async def is_closed() -> bool:
        return len(await event_log.read_all(claimed.turn_id)) == 2

    await wait_until_async(is_deleted)
    await wait_until_async(is_closed)
    log = await event_log.read_all(claimed.turn_id)
    assert [entry.kind for entry in log] == [Kind.ATTEMPT, Kind.end(TurnStatus.CANCELLED)]
    assert b"secret" not in b"".join(entry.frames for entry in log)
    late = Position(claimed.attempt, 2)
    with pytest.raises(LogFenced):
        await event_log.append(claimed.turn_id, [Entry(late, Kind.EVENTS, sse.frames(late, []))])
