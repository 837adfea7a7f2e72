"""Threads as their owner manages them: renamed, deleted, and never opened against the assistant."""

import aiohttp
import asyncpg
import pytest
from redis.asyncio import Redis
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import one_server
from turnstream.redis.topology import log_key
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches, message
from tests.support.waiting import wait_until_async

TEXT = "assistant_message.content_part.text_delta"
LONG_ANSWER = "Please count to 900"
ROWS = """
    SELECT (SELECT count(*) FROM threads WHERE owner = $1)
         + (SELECT count(*) FROM items WHERE owner = $1)
         + (SELECT count(*) FROM turns WHERE owner = $1)
         + (SELECT count(*) FROM feedback WHERE owner = $1)
"""


async def rename(client: ChatClient, title: object, **more: object) -> dict[str, object]:
    """`threads.update` of the thread on display."""
    params = {"thread_id": client.shown, "title": title, **more}
    answer: dict[str, object] = await client.request("threads.update", params)
    return answer


async def delete(client: ChatClient, thread_id: str | None = None) -> object:
    return await client.request("threads.delete", {"thread_id": thread_id or client.shown})


async def worker_is_idle(stack: Stack) -> bool:
    """True when no turn runs in the worker."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{stack.service('agent-worker-1').url}/metrics") as answer,
    ):
        return "\nturnstream_turns_running 0.0\n" in await answer.text()


async def rows_of(stack: Stack, owner: str) -> int:
    """How many rows there are of an owner's threads, items, turns and ratings."""
    connection = await asyncpg.connect(
        stack.database_url.replace("+asyncpg", "", 1), server_settings={"search_path": "turnstream"}
    )
    try:
        return int(await connection.fetchval(ROWS, owner))
    finally:
        await connection.close()


@pytest.mark.parametrize("title", ["x" * 200, "旅行 ✈️", "👩\u200d💻 at work", " spaced "])
async def test_a_thread_is_renamed(client: ChatClient, title: str) -> None:
    """Any language, emoji with joiners, up to 200 characters: as it was typed."""
    await client.send_message("hello")

    assert (await rename(client, title))["title"] == title

    await client.load_thread()
    assert client.title == title
    await assert_transcript_matches(client)


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "two\nlines", "a\u001b[31mb", "a\u2028b"])
async def test_a_title_that_fits_no_list_is_refused(client: ChatClient, title: str) -> None:
    """422 that says what a title may hold; the old one stays."""
    await client.send_message("weather in Oslo")
    before = client.title

    with pytest.raises(Problem) as problem:
        await rename(client, title)

    assert (problem.value.status, problem.value.code) == (422, "unprocessable")
    assert "A title holds" in problem.value.body["detail"]
    await client.load_thread()
    assert client.title == before


async def test_a_status_of_the_clients_own_is_not_taken(
    client: ChatClient, scripted_stack: Stack
) -> None:
    """Only the assistant opens what it locked: a forged status in an update changes nothing."""
    gateway = scripted_stack.gateway_urls[0]
    async with ChatClient(gateway, user="locked-out") as locked:
        await locked.send_message("lock")
        forged = {"type": "active"}
        answer = await rename(
            locked, "Mine", status=forged, metadata={"a": 1}, thread={"status": forged}
        )

        assert answer["status"] == {"type": "locked", "reason": "resting"}
        with pytest.raises(Problem) as problem:
            await locked.send_message("open")
        assert (problem.value.status, problem.value.code) == (409, "thread_locked")
        assert problem.value.body["retryable"] is False
        assert "resting" in problem.value.body["detail"]
        await locked.load_thread()
        await assert_transcript_matches(locked)


async def test_deleting_a_thread_under_a_running_answer_leaves_nothing(
    client: ChatClient, demo: Stack
) -> None:
    """Every viewer's stream ends as cancelled, the worker stops, and neither a row nor a word in a
    log is left.
    """
    async with (
        client.stream(*message(LONG_ANSWER)) as turn,
        ChatClient(demo.gateway_urls[1], user=client.user, resumable=True) as other,
    ):
        await turn.until_type(TEXT)
        thread_id, turn_id = client.shown, str(turn.turn_id)
        async with other.following(turn_id) as watching:
            await watching.until_type(TEXT)

            assert await delete(client, thread_id) == {}

            assert (await watching.to_end()).ends == ["cancelled"]
        assert (await turn.to_end()).ends == ["cancelled"]

    for path in (f"/turns/{turn_id}", f"/threads/{thread_id}/turn", f"/turns/{turn_id}/events"):
        with pytest.raises(Problem) as problem:
            await client.call("GET", path)
        assert problem.value.status == 404
    assert (await client.list_threads())["data"] == []
    await wait_until_async(lambda: worker_is_idle(demo), message="the worker runs on")
    assert await rows_of(demo, client.user) == 0
    async with Redis.from_url(demo.redis_url) as redis:
        log = await EventLog(one_server(redis)).read_all(turn_id)
        assert [entry.kind for entry in log] == ["attempt", "end:cancelled"]
        assert b"data:" not in b"".join(entry.frames for entry in log)
        assert await redis.ttl(log_key(turn_id)) > 0


async def test_a_thread_is_deleted_once_and_by_its_owner(client: ChatClient, demo: Stack) -> None:
    """A second time, and for anybody else, it is not there: 404."""
    await client.send_message("hello")
    async with ChatClient(demo.gateway_urls[0], user="somebody-else") as other:
        with pytest.raises(Problem) as problem:
            await delete(other, client.shown)
        assert (problem.value.status, problem.value.code) == (404, "not_found")
    await assert_transcript_matches(client)

    await delete(client)

    with pytest.raises(Problem) as problem:
        await delete(client)
    assert (problem.value.status, problem.value.code) == (404, "not_found")
