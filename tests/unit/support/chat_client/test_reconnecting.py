"""A client that loses its connection, comes back, or loads the thread again."""

import pytest

from tests.support.chat_client import ChatClient, StreamBroken
from tests.support.chat_events import added, delta, done, item, message

from .fake_gateway import DROP, RESTART, STALL, FakeGateway, end, frame, running

THREAD = {"id": "t", "created_at": "2026-01-01"}
CREATED = {"type": "thread.created", "thread": THREAD | {"items": {"data": []}}}
USER = done(item("u", "user_message", content=[{"type": "input_text", "text": "hi"}]))


async def test_a_resumed_stream_continues_at_the_position() -> None:
    """After a loss the client asks for what follows its position, and ends up whole."""
    lost = [
        frame(CREATED, "0-1"),
        frame(added(message("a", "")), "1-1"),
        frame(delta("a", "x"), "1-2"),
    ]
    rest = [
        frame(delta("a", "y"), "1-3"),
        frame(done(message("a", "xy")), "1-4"),
        end(named=True),
    ]
    async with (
        running(FakeGateway([*lost, DROP], rest)) as gateway,
        ChatClient(gateway.url, resumable=True) as client,
    ):
        with pytest.raises(StreamBroken):
            await client.send_message("hi")
        await client.resume()

    assert gateway.seen[0][2]["Turnstream-Client"] == "resumable"
    assert gateway.seen[1][0] == "/turns/turn-1/events?after=1-2"
    assert (client.text, client.ended, client.complaints) == ("xy", "completed", [])


async def test_the_position_can_go_as_last_event_id() -> None:
    """A browser's EventSource sends the position as a header."""
    script = [frame(CREATED, "0-1"), end(named=True)]
    async with (
        running(FakeGateway(script)) as gateway,
        ChatClient(gateway.url) as client,
    ):
        await client.resume("turn-1", after="0-0", by_header=True)

    assert gateway.last_headers()["Last-Event-ID"] == "0-0"


async def test_frames_before_the_id_of_their_entry_are_not_applied_twice() -> None:
    """An entry cut before its last frame, the one with the id, is applied when it comes again."""
    lost = [
        frame(CREATED, "0-1"),
        frame(added(message("a", "")), "1-1"),
        frame(delta("a", "x")),
    ]
    rest = [frame(delta("a", "x")), frame(delta("a", "y"), "1-2"), end(named=True)]
    async with (
        running(FakeGateway([*lost, DROP], rest)) as gateway,
        ChatClient(gateway.url, resumable=True) as client,
    ):
        with pytest.raises(StreamBroken):
            await client.send_message("hi")
        await client.resume()

    assert client.text == "xy"


async def test_a_restart_forgets_the_turn_and_nothing_else() -> None:
    """What the turn brought is dropped, what was on display before it stays."""
    before = [
        frame(CREATED, "0-1"),
        frame(done(message("old", "old")), "1-1"),
        end(named=True),
    ]
    turn = [
        frame(added(message("half", "half")), "1-1"),
        frame({"type": "notice", "level": "info", "message": "n"}, "1-2"),
        RESTART,
        frame(done(message("new", "new")), "1-1"),
        end(named=True),
    ]
    async with (
        running(FakeGateway(before, turn)) as gateway,
        ChatClient(gateway.url, resumable=True) as client,
    ):
        await client.send_message("hi")
        stream = await client.send_message("again")

    assert list(client.items) == ["old", "new"]
    assert client.notices == []
    assert (stream.restarts, client.position, client.complaints) == (1, "1-1", [])


async def test_the_whole_turn_can_be_followed_again() -> None:
    """Following from the start forgets what the turn had brought, so nothing shows twice."""
    script = [
        frame(CREATED, "0-1"),
        frame(added(message("a", "")), "1-1"),
        frame(delta("a", "x"), "1-2"),
        end(named=True),
    ]
    async with (
        running(FakeGateway(script, script)) as gateway,
        ChatClient(gateway.url, resumable=True) as client,
    ):
        await client.send_message("hi")
        await client.resume(from_start=True)

    assert gateway.seen[1][0] == "/turns/turn-1/events"
    assert (client.text, client.complaints) == ("x", [])


async def test_a_plain_client_is_restarted_by_a_comment() -> None:
    """Without named events the restart is a comment, with the same effect."""
    script = [
        frame(CREATED, "0-1"),
        frame(added(message("half", "half")), "1-1"),
        b": restart\n\n",
        frame(CREATED, "0-1"),
        frame(done(message("new", "new")), "2-1"),
        end(),
    ]
    async with (
        running(FakeGateway(script)) as gateway,
        ChatClient(gateway.url) as client,
    ):
        turn = await client.send_message("hi")

    assert list(client.items) == ["new"]
    assert (turn.restarts, client.complaints) == (1, [])


async def test_a_disconnect_keeps_the_position() -> None:
    """After a disconnect in mid-stream the client knows where to go on, and reads nothing more."""
    async with (
        running(FakeGateway([frame(CREATED, "0-1"), STALL])) as gateway,
        ChatClient(gateway.url) as client,
        client.stream("threads.create", {}) as turn,
    ):
        await turn.next_event()
        await turn.disconnect()
        assert await turn.next_event() is None

    assert client.position == "0-1"


async def test_seeing_a_turn_through_survives_losses() -> None:
    """A client that comes back after each loss gets to the end."""
    scripts = [
        [frame(CREATED, "0-1"), DROP],
        [frame(added(message("a", "")), "1-1"), DROP],
        [frame(done(message("a", "x")), "1-2"), end(named=True)],
    ]
    async with (
        running(FakeGateway(*scripts)) as gateway,
        ChatClient(gateway.url, resumable=True) as client,
    ):
        with pytest.raises(StreamBroken):
            await client.send_message("hi")
        await client.see_through()

    assert [path for path, _, _ in gateway.seen][1:] == [
        "/turns/turn-1/events?after=0-1",
        "/turns/turn-1/events?after=1-1",
    ]
    assert client.text == "x"


async def test_a_request_sent_twice_shows_once() -> None:
    """The answer to a repeated request is the same turn from its start, and nothing doubles."""
    notice = frame({"type": "notice", "level": "info", "message": "n"}, "1-1")
    turn = [frame(CREATED, "0-1"), frame(USER, "0-2"), notice, end()]
    same = {"Idempotency-Key": "key"}
    async with (
        running(FakeGateway(turn, turn)) as gateway,
        ChatClient(gateway.url) as client,
    ):
        for _ in range(2):
            await client.send_message("hi", new_thread=True, headers=same)

    assert (list(client.items), len(client.notices)) == (["u"], 1)
    assert (client.thread_id, client.turn_id, client.complaints) == ("t", "key", [])


async def test_loading_shows_what_is_stored_and_keeps_what_is_in_progress() -> None:
    """A reload in the middle of a turn takes the stored items and goes on streaming below them."""
    gateway = FakeGateway([frame(CREATED, "0-1"), frame(added(message("a", "x")), "1-1"), STALL])
    page = {"data": [USER["item"], message("old", "o")], "has_more": False}
    gateway.answers["items.list"] = (200, page)
    gateway.answers["threads.get_by_id"] = (
        200,
        {"id": "t", "title": "T", "items": page},
    )
    async with (
        running(gateway),
        ChatClient(gateway.url) as client,
        client.stream("threads.create", {}) as turn,
    ):
        await turn.until_type("thread.item.added")
        await client.load_thread()

    assert client.status == {"u": "done", "old": "done", "a": "in_progress"}
    assert client.thread == {"id": "t", "title": "T"}
