"""What has gathered is sent in windows that grow, and sooner where somebody would wait."""

import asyncio

import pytest
from turnstream_worker.output.flush_window import LOAD, LONGEST_WINDOW, FlushWindow

SHORTEST = 0.025
TIMEOUT = 20.0
"""A window that nobody would sit through: what is measured beside it bears a busy machine."""


async def waited(pacing: FlushWindow, latency: float = 0.0) -> float:
    """How long a window takes for somebody who has something to send all the while."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    pacing.begin()
    await pacing.over(latency)
    return loop.time() - began


@pytest.fixture
def pacing() -> FlushWindow:
    """The pacing of an answer whose first text has been sent."""
    pacing = FlushWindow(SHORTEST)
    pacing.text("msg_1")
    pacing.taken()
    return pacing


async def test_windows_of_plain_text_grow_to_the_longest(pacing: FlushWindow) -> None:
    """Each is at least as long as the one before."""
    for expected in (SHORTEST, 2 * SHORTEST, LONGEST_WINDOW, LONGEST_WINDOW):
        pacing.text("msg_1")
        pacing.taken()
        assert await waited(pacing) >= expected - 0.005


async def test_the_first_text_of_an_item_goes_at_once() -> None:
    """It ends the window that it meets, and one that has not begun."""
    pacing = FlushWindow(TIMEOUT)
    pacing.text("msg_1")
    assert await waited(pacing) < TIMEOUT / 2

    pacing.taken()
    asyncio.get_running_loop().call_later(0.001, pacing.text, "msg_2")
    assert await waited(pacing) < TIMEOUT / 2


async def test_items_that_stream_side_by_side_keep_to_the_windows() -> None:
    """Two widgets whose texts come in turns: each has a first text once."""
    pacing = FlushWindow(SHORTEST)
    for item_id in ("wdg_1", "wdg_2"):
        pacing.text(item_id)
    pacing.taken()
    for item_id in ("wdg_1", "wdg_2", "wdg_1"):
        pacing.text(item_id)
        assert await waited(pacing) >= SHORTEST - 0.005
        pacing.taken()


async def test_anything_but_text_makes_the_windows_begin_anew(pacing: FlushWindow) -> None:
    """Progress is not held up by a long answer; it waits for the shortest window."""
    for _ in range(3):
        await waited(pacing)
        pacing.taken()
    assert pacing.window > SHORTEST

    pacing.other()
    assert await waited(pacing) >= SHORTEST - 0.005
    assert pacing.window == SHORTEST


async def test_windows_are_longer_while_a_sending_takes_long(pacing: FlushWindow) -> None:
    """A tenth of the time is sending, up to the longest window; and as before when it is quick."""
    took = []
    for latency in (0.004, 60.0, 0.001):
        pacing.other()
        took.append(await waited(pacing, latency))
        assert pacing.window == SHORTEST
        pacing.taken()

    busy, stuck, quick = took
    assert busy >= 0.004 * LOAD - 0.005
    assert stuck >= LONGEST_WINDOW - 0.005
    assert SHORTEST - 0.005 <= quick < LONGEST_WINDOW


async def test_the_first_text_waits_for_no_sending_that_takes_long() -> None:
    """It goes at once under load too."""
    pacing = FlushWindow(SHORTEST)
    pacing.text("msg_1")
    assert await waited(pacing, 60.0) < LONGEST_WINDOW


async def test_what_comes_behind_a_window_waits_for_nothing(pacing: FlushWindow) -> None:
    """Neither for that window nor for a new one, nor for another turn of the event loop."""
    pacing.begin()
    await asyncio.sleep(LONGEST_WINDOW)  # the time itself is the condition
    with pytest.raises(StopIteration):
        pacing.over().send(None)


async def test_what_comes_before_any_window_waits_for_nothing() -> None:
    """The opening of an attempt that is taken over."""
    with pytest.raises(StopIteration):
        FlushWindow(TIMEOUT).over().send(None)


async def test_nothing_waits_while_somebody_waits_for_everything() -> None:
    """Draining lasts."""
    pacing = FlushWindow(TIMEOUT)
    pacing.drain()
    for _ in range(2):
        pacing.taken()
        assert await waited(pacing) < TIMEOUT / 2
