"""A lost connection loses nothing: any gateway goes on from the last position."""

import asyncio

import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, Problem, assert_transcript_matches, message
from tests.support.waiting import wait_until_async


async def test_another_gateway_goes_on_from_the_last_position(demo: Stack) -> None:
    """Cut in the middle, resumed elsewhere by position: every event once, in order."""
    first, second = demo.gateway_urls
    async with ChatClient(first, user="roamer", resumable=True) as client:
        async with client.stream(*message("count to 40")) as turn:
            for _ in range(12):
                await turn.next_event()
        client.move_to(second)

        await client.resume(after=client.position)

        assert client.ended == "completed"
        assert client.text.strip().endswith("40")
        await assert_transcript_matches(client)


async def test_two_viewers_see_the_same_turn(demo: Stack) -> None:
    """A second viewer who comes in the middle ends with the same transcript."""
    async with (
        ChatClient(demo.gateway_urls[0], user="pair", resumable=True) as one,
        ChatClient(demo.gateway_urls[1], user="pair", resumable=True) as two,
    ):
        async with one.stream(*message("count to 40")) as turn:
            for _ in range(8):
                await turn.next_event()
            watching = asyncio.create_task(two.see_through(turn.turn_id))
            await turn.to_end()
        await watching

        assert one.items == two.items
        await assert_transcript_matches(one)


async def test_a_reload_finds_the_running_turn(demo: Stack) -> None:
    """The active turn of a thread is known by its position, and can be followed from there."""
    async with ChatClient(demo.gateway_urls[0], user="reloader", resumable=True) as client:
        async with client.stream(*message("count to 60")) as turn:
            await turn.until_type("thread.item.added")
        active = await client.active_turn(client.shown)
        assert active["turn_id"] == turn.turn_id
        assert active["position"]

        await client.see_through(turn.turn_id)
        await assert_transcript_matches(client)
        idle = f"/threads/{client.shown}/turn"
        assert await client.call("GET", f"{idle}?when_idle=204") is None
        with pytest.raises(Problem, match="404"):
            await client.call("GET", idle)


async def test_a_reload_finds_the_turn_that_failed(demo: Stack) -> None:
    """Only where the client asks for it: with the error that viewers were shown."""
    async with ChatClient(demo.gateway_urls[0], user="unlucky", resumable=True) as client:
        turn = await client.send_message("fail on purpose, so that I can retry")
        idle = f"/threads/{client.shown}/turn?when_idle=204"

        failed = await client.call("GET", f"{idle}&or_failed=true")

        assert (failed["turn_id"], failed["status"]) == (turn.turn_id, "failed")
        errors = [each.event for each in client.events if each.event["type"] == "error"]
        assert errors == [failed["error"]["event"]]
        assert errors[0]["allow_retry"] is True
        assert await client.call("GET", idle) is None


async def test_an_ended_turn_can_be_read_again(client: ChatClient) -> None:
    """Following a turn that is over gives all of it, and its end."""
    await client.send_message("hello")
    before = dict(client.items)

    turn = await client.resume(from_start=True)

    assert turn.ends == ["completed"]
    assert client.items == before


@pytest.mark.parametrize("position", ["1-", "x-1", "-1", "1-2-3", "١-١"])
async def test_a_malformed_position_is_refused(client: ChatClient, position: str) -> None:
    """A position that is none is a 400, never a replay of everything."""
    await client.send_message("hello")

    with pytest.raises(Problem) as problem:
        await client.resume(after=position)
    assert problem.value.status == 400


@pytest.mark.parametrize("position", ["1-99999", "7-1"])
async def test_an_unknown_position_is_a_marked_restart(client: ChatClient, position: str) -> None:
    """A position the log never had starts the viewer over, and says so."""
    await client.send_message("hello")
    before = dict(client.items)

    turn = await client.resume(after=position)

    assert turn.restarts == 1
    assert client.items == before


async def test_another_users_turn_does_not_exist(client: ChatClient, demo: Stack) -> None:
    """Somebody else's turn can neither be followed nor looked up nor stopped."""
    await client.send_message("hello")

    async with ChatClient(demo.gateway_urls[0], user="stranger") as stranger:
        for attempt in (
            stranger.resume(client.turn_id),
            stranger.cancel(client.turn_id),
            stranger.active_turn(client.shown),
            stranger.get_thread(client.shown),
        ):
            with pytest.raises(Problem) as problem:
                await attempt
            assert problem.value.status == 404


async def test_a_stop_ends_every_viewers_stream(demo: Stack) -> None:
    """Stop keeps the text that was seen, ends both streams, and leaves the thread usable."""
    async with ChatClient(demo.gateway_urls[0], user="stopper") as client:
        async with client.stream(*message("count to 90")) as turn:
            await turn.until_type("thread.item.updated")
            await client.cancel(turn.turn_id)
            await turn.to_end()

        assert client.ended == "cancelled"
        await assert_transcript_matches(client)
        await client.send_message("hello again")
        assert client.ended == "completed"


async def test_a_plain_clients_silence_is_a_stop_only_if_it_stays_away(demo: Stack) -> None:
    """A reload asks for the thread again and keeps its turn; who stays away has stopped it."""
    async with ChatClient(demo.gateway_urls[0], user="flaky") as client:
        turns = {}
        for name, seconds in (("reloads", 8), ("leaves", 30)):
            task = message(f"run a long task for {seconds} seconds")
            async with client.stream(*task) as turn:
                await turn.until_type("progress_update")
                turns[name] = turn.turn_id
            if name == "reloads":
                await client.get_thread(client.shown)

        async def status(name: str) -> str:
            return str((await client.call("GET", f"/turns/{turns[name]}"))["status"])

        async def both_over() -> bool:
            return {await status(name) for name in turns}.isdisjoint({"queued", "running"})

        await wait_until_async(both_over, timeout=25, message="the turns do not end")
        assert await status("leaves") == "cancelled"
        assert await status("reloads") == "completed"


async def test_a_short_call_does_not_wait_for_the_running_turn(demo: Stack) -> None:
    """A sync action is answered by the assistant while its thread's turn still runs."""
    async with ChatClient(demo.gateway_urls[0], user="impatient") as client:
        async with client.stream(*message("run a long task for 4 seconds")) as turn:
            await turn.until_type("progress_update")
            with pytest.raises(Problem) as problem:
                await client.sync_custom_action("x")
            assert problem.value.code == "unprocessable"  # the guide's own answer
            running = await client.call("GET", f"/turns/{turn.turn_id}")
            assert running["status"] == "running"
            await turn.to_end()
        await assert_transcript_matches(client)
