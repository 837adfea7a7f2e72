"""A listener waits as long as it was told to each time, whatever was announced in between."""

import asyncio

import pytest
from turnstream.redis.event_log import Position
from turnstream_gateway.relay.following import listener as module
from turnstream_gateway.relay.following.listener import Announcement, Listener


@pytest.fixture
def listener() -> Listener:
    """A listener to which nothing was announced."""
    return Listener(b"turn_1", lambda _: None)


def announcement(seq: int) -> Announcement:
    """One entry."""
    return Announcement(Position(1, seq), Position(1, seq), "events", b"")


async def waited(listener: Listener, timeout: float) -> tuple[bool, float]:
    """What a wait says, and how many seconds it took."""
    began = asyncio.get_running_loop().time()
    announced = await listener.wait(timeout)
    return announced, asyncio.get_running_loop().time() - began


async def test_silence_ends_a_wait(listener: Listener) -> None:
    """Each wait has a time of its own, shorter or longer than the one before."""
    for timeout in (0.05, 0.15, 0.02):
        announced, seconds = await waited(listener, timeout)

        assert not announced
        assert timeout - 0.01 <= seconds < timeout + 1


async def test_an_announcement_ends_a_wait_and_the_next_one_has_its_whole_time(
    listener: Listener,
) -> None:
    """The time that was left of the first is not the time of the second."""
    asyncio.get_running_loop().call_later(0.05, listener.push, None)
    assert (await waited(listener, 60))[0]
    listener.drain()

    announced, seconds = await waited(listener, 0.2)

    assert not announced
    assert 0.19 <= seconds < 10


async def test_what_was_announced_before_a_wait_ends_it_at_once(listener: Listener) -> None:
    """Nothing has to come."""
    listener.push(announcement(1))
    assert await listener.wait(60)


async def test_a_viewer_that_leaves_ends_a_wait(listener: Listener) -> None:
    """There is nothing to drain, and nobody to wait for it."""
    asyncio.get_running_loop().call_soon(listener.disconnect)

    assert await listener.wait(60) is False
    assert listener.disconnected
    assert await listener.wait(60) is False


async def test_announcements_are_drained_once_and_in_order(listener: Listener) -> None:
    """What comes later is for the next time."""
    listener.push(announcement(1))
    listener.push(None)
    assert listener.drain() == [announcement(1), None]
    assert listener.drain() == []


async def test_a_full_queue_becomes_one_look_into_the_log(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow viewer must not keep a whole turn in memory."""
    monkeypatch.setattr(module, "_QUEUE", 2)
    for seq in range(3):
        listener.push(announcement(seq))
    assert listener.drain() == [None]


async def test_large_announcements_become_one_look_into_the_log(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow viewer holds so many bytes and no more."""
    monkeypatch.setattr(module, "_QUEUE_BYTES", 10)
    large = announcement(1)._replace(frames=b"x" * 6)
    listener.push(large)
    assert listener.drain() == [large]
    listener.push(large)
    listener.push(large)
    listener.push(large)
    assert listener.drain() == [None, large]


async def test_a_closed_listener_is_forgotten_once() -> None:
    """By what announces to it; leaving the block closes it."""
    closed: list[Listener] = []
    with Listener(b"turn_1", closed.append) as listener:
        assert closed == []
    assert closed == [listener]
