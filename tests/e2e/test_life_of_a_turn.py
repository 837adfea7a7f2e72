"""The life of a turn, seen from a browser. Read this file first.

A message is posted to the gateway. The store accepts it as a turn in one transaction; a worker
claims it, runs the assistant, and writes what happens to the turn's event log; the gateway relays
that log. Every test ends with the oracle: what the client shows is what the store has.
"""

from functools import partial

from redis.asyncio import Redis
from turnstream.redis import topology
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.waiting import wait_until_async


def kinds(client: ChatClient) -> list[str]:
    """The types of the items the client shows, in order."""
    return [item["type"] for item in client.items.values()]


async def test_a_message_is_answered(client: ChatClient) -> None:
    """The answer streams in after the message, the turn ends once, and the store has it all."""
    turn = await client.send_message("hello there")

    assert kinds(client) == ["user_message", "assistant_message"]
    assert turn.ends == ["completed"]
    await assert_transcript_matches(client)


async def test_a_turn_opens_with_what_was_accepted(client: ChatClient) -> None:
    """The first events are the new thread and the message; then the answer's options."""
    await client.send_message("hello there")

    first = [received.event["type"] for received in client.events[:3]]
    assert first == ["thread.created", "thread.item.done", "stream_options"]


async def test_every_event_has_a_position_that_grows(client: ChatClient) -> None:
    """Positions are `<attempt>-<seq>`: the acceptance is 0-1, the first attempt counts from 1-0."""
    await client.send_message("hello there")

    ids = [received.id for received in client.events if received.id]
    positions = [tuple(map(int, place.split("-"))) for place in ids]
    assert positions[0] == (0, 1)
    assert positions == sorted(positions)


async def test_what_woke_workers_and_tools_does_not_pile_up(
    client: ChatClient, demo: Stack
) -> None:
    """A job and a tool call are deleted from their streams as they are taken."""
    await client.send_message("weather in Oslo")

    async with Redis.from_url(demo.redis_url) as redis:
        for stream in (topology.JOBS, topology.TOOL_CALLS):
            assert await redis.exists(stream)
            await wait_until_async(partial(_is_empty, redis, stream))


async def _is_empty(redis: Redis, stream: str) -> bool:
    return await redis.xlen(stream) == 0


async def test_a_tool_shows_progress_and_a_widget(client: ChatClient) -> None:
    """A tool of the tools service reports live, and its widget stays in the thread."""
    await client.send_message("weather in Oslo")

    assert any("Oslo" in progress["text"] for progress in client.progress)
    assert kinds(client) == ["user_message", "widget", "assistant_message"]
    assert "sample" in str(client.items_of_type("widget")).lower()
    await assert_transcript_matches(client)


async def test_a_long_task_reports_every_second(client: ChatClient) -> None:
    """A tool that takes seconds is not silent for any of them."""
    await client.send_message("run a long task for 2 seconds")

    assert [progress["text"] for progress in client.progress] == [
        "Working … 1 of 2",
        "Working … 2 of 2",
    ]
    await assert_transcript_matches(client)


async def test_a_client_tool_ends_the_turn_and_its_output_begins_the_next(
    client: ChatClient,
) -> None:
    """`switch_theme` runs in the browser: no server waits meanwhile, and the answer follows."""
    await client.send_message("dark theme please")
    call = client.items_of_type("client_tool_call")[0]
    assert (call["name"], call["arguments"], call["status"]) == (
        "switch_theme",
        {"theme": "dark"},
        "pending",
    )

    await client.add_client_tool_output({"success": True})
    await client.load_thread()

    assert kinds(client)[-2:] == ["client_tool_call", "assistant_message"]
    await assert_transcript_matches(client)


async def test_a_fact_is_kept_for_its_owner(client: ChatClient, demo: Stack) -> None:
    """`save_fact` stores a fact that its owner can keep or discard, and nobody else can see."""
    await client.send_message("I live in Oslo")
    call = client.items_of_type("client_tool_call")[0]
    assert call["name"] == "record_fact"
    fact_id = call["arguments"]["fact_id"]

    facts = (await client.call("GET", "/facts"))["facts"]
    assert [(fact["id"], fact["status"]) for fact in facts] == [(fact_id, "pending")]
    saved = await client.call("POST", f"/facts/{fact_id}/save")
    assert saved["status"] == "saved"
    async with ChatClient(demo.gateway_urls[0], user="somebody-else") as other:
        assert (await other.call("GET", "/facts"))["facts"] == []
    await client.call("POST", f"/facts/{fact_id}/discard")
    assert (await client.call("GET", "/facts"))["facts"] == []


async def test_hidden_context_never_reaches_the_client(client: ChatClient) -> None:
    """What the assistant notes for itself is in no event and on no page."""
    await client.send_message("I live in Oslo")

    assert "FACT_SAVED" not in str(client.events)
    assert "FACT_SAVED" not in str(await client.all_items(client.shown))


async def test_a_thread_gets_a_title(client: ChatClient) -> None:
    """The title agent runs beside the first answer, and the client hears of it."""
    await client.send_message("weather in Oslo")

    assert client.title
    listed = (await client.list_threads())["data"]
    assert [thread["title"] for thread in listed] == [client.title]


async def test_a_thread_goes_on(client: ChatClient) -> None:
    """Several turns make one thread, in the order they were asked."""
    for words in ("hello", "weather in Oslo", "thank you"):
        await client.send_message(words)

    said = [item["content"][0]["text"] for item in client.items_of_type("user_message")]
    assert said == ["hello", "weather in Oslo", "thank you"]
    await assert_transcript_matches(client)
