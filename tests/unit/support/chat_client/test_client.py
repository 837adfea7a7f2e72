"""The headless client against hand-made streams of a gateway."""

import pytest

from tests.support.chat_client import ChatClient, Problem, Stalled, StreamBroken
from tests.support.chat_events import added, delta, done, item, message

from .fake_gateway import DROP, STALL, FakeGateway, end, frame, running

THREAD = {"id": "t", "created_at": "2026-01-01"}
CREATED = {"type": "thread.created", "thread": THREAD | {"items": {"data": []}}}
USER = done(item("u", "user_message", content=[{"type": "input_text", "text": "hi"}]))


async def test_a_message_creates_a_thread_and_runs_to_the_end() -> None:
    """The first message creates a thread, its events are applied, the end comment is the end."""
    script = [
        frame(CREATED, "0-1"),
        frame(USER, "0-2"),
        frame(done(message("a", "yo")), "1-1"),
    ]
    async with (
        running(FakeGateway([*script, end()])) as gateway,
        ChatClient(gateway.url) as client,
    ):
        await client.send_message("hi", model="big")

    path, body, headers = gateway.seen[0]
    assert (path, body["type"]) == ("/chatkit", "threads.create")
    assert body["params"]["input"]["inference_options"] == {"model": "big"}
    assert headers["X-User-Id"] == "alice"
    assert (client.thread_id, client.text, client.ended) == ("t", "yo", "completed")
    assert (client.turn_id, client.position) == ("turn-1", "1-1")
    assert [received.id for received in client.events] == ["0-1", "0-2", "1-1"]
    assert client.complaints == []


async def test_the_next_message_goes_to_the_thread_on_display() -> None:
    """Without naming a thread, a second message continues the first."""
    first = [frame(CREATED, "0-1"), frame(USER, "0-2"), end()]
    second = [frame(done(message("b")), "0-1"), end()]
    async with (
        running(FakeGateway(first, second)) as gateway,
        ChatClient(gateway.url) as client,
    ):
        await client.send_message("hi")
        await client.send_message("and?")

    assert gateway.seen[1][1]["type"] == "threads.add_user_message"
    assert list(client.items) == ["u", "b"]
    assert (client.turn_id, client.complaints) == ("turn-2", [])


async def test_a_stream_split_at_every_byte_gives_the_same_transcript() -> None:
    """How the network cuts the bytes does not show."""
    script = b"".join(
        [
            frame(CREATED, "0-1"),
            frame(added(message("a", "")), "1-1"),
            frame(delta("a", "ü"), "1-2"),
        ]
    )
    whole = script + frame(done(message("a", "ü")), "1-3") + end()
    async with (
        running(FakeGateway([bytes([byte]) for byte in whole])) as gateway,
        ChatClient(gateway.url) as client,
    ):
        await client.send_message("hi")

    assert client.items == {"a": message("a", "ü")}
    assert client.complaints == []


async def test_stepping_shows_each_state() -> None:
    """Events are applied one by one as the test asks for them."""
    script = [
        frame(CREATED) + frame(added(message("a", ""))) + frame(delta("a", "x")),
        end(),
    ]
    async with (
        running(FakeGateway(script, turns=False)) as gateway,
        ChatClient(gateway.url) as client,
        client.stream("threads.create", {}) as turn,
    ):
        assert await turn.next_event() == CREATED
        await turn.until_type("thread.item.added")
        assert client.text == ""
        await turn.until(lambda event: event["type"] == "thread.item.updated")
        assert client.text == "x"
        assert client.status == {"a": "in_progress"}
        assert await turn.next_event() is None
        assert turn.ended == "completed"


async def test_a_refusal_is_a_problem_with_its_body() -> None:
    """A status that is not 2xx raises, with what the problem says."""
    gateway = FakeGateway()
    gateway.answers["threads.create"] = (409, {"title": "Busy", "code": "thread_busy"})
    async with running(gateway), ChatClient(gateway.url) as client:
        with pytest.raises(Problem) as problem:
            await client.send_message("hi")

    assert (problem.value.status, problem.value.code) == (409, "thread_busy")


async def test_a_hung_stream_fails_with_what_was_received() -> None:
    """A stream that stalls ends the wait, and the failure shows the events so far."""
    async with (
        running(FakeGateway([frame(CREATED, "0-1"), STALL])) as gateway,
        ChatClient(gateway.url, timeout=0.2) as client,
    ):
        with pytest.raises(Stalled, match=r"(?s)within 0\.2 s.*0-1.*thread\.created"):
            await client.send_message("hi")


@pytest.mark.parametrize("tail", [[DROP], []])
async def test_a_stream_without_an_end_is_broken(tail: list[bytes]) -> None:
    """A torn connection, or one that closes without an end, is never taken for the end."""
    async with (
        running(FakeGateway([frame(CREATED, "0-1"), *tail])) as gateway,
        ChatClient(gateway.url) as client,
    ):
        with pytest.raises(StreamBroken, match=r"thread\.created"):
            await client.send_message("hi")

    assert client.position == "0-1"
    assert client.ended is None


async def test_ids_that_do_not_grow_are_complained_about() -> None:
    """An event sent again, or out of order, never passes unnoticed."""
    again = frame({"type": "progress_update", "text": "looking"}, "1-2")
    script = [frame(CREATED, "1-3"), frame(USER, "1-3"), again, end()]
    async with (
        running(FakeGateway(script)) as gateway,
        ChatClient(gateway.url) as client,
    ):
        await client.send_message("hi")

    assert client.complaints == ["stream.positions-rise: id 1-2 after 1-3"]


async def test_what_the_ui_does_itself_is_done() -> None:
    """A tool's output completes its call, and a retry drops what follows, without any event."""
    call = item("c", "client_tool_call", status="pending", call_id="k", name="n", arguments={})
    first = [frame(CREATED), frame(USER), frame(done(call)), end()]
    async with (
        running(FakeGateway(first, [end()], [end()], turns=False)) as gateway,
        ChatClient(gateway.url) as client,
    ):
        await client.send_message("hi")
        await client.add_client_tool_output({"ok": True})
        assert client.items["c"]["status"] == "completed"
        assert client.items["c"]["output"] == {"ok": True}
        await client.retry_after("u")
        assert list(client.items) == ["u"]


async def test_a_short_action_shows_its_item_at_once() -> None:
    """The item that a sync action answers with takes the place of the old one."""
    gateway = FakeGateway([frame(CREATED), frame(done(item("w", "widget", widget={}))), end()])
    new = item("w", "widget", widget={"type": "Card"})
    gateway.answers["threads.sync_custom_action"] = (200, {"updated_item": new})
    async with running(gateway), ChatClient(gateway.url) as client:
        await client.send_message("hi")
        await client.sync_custom_action("open", {"n": 1}, item_id="w")

    assert client.items["w"] == new
    assert gateway.seen[1][1]["params"]["action"] == {
        "type": "open",
        "payload": {"n": 1},
    }


async def test_cancel_posts_to_the_turn() -> None:
    """Stop names the present turn."""
    gateway = FakeGateway([frame(CREATED), end("cancelled")])
    gateway.answers["/turns/turn-1/cancel"] = (200, {"status": "cancelled"})
    async with running(gateway), ChatClient(gateway.url) as client:
        await client.send_message("hi")
        assert await client.cancel() == {"status": "cancelled"}
    assert client.ended == "cancelled"
