"""A long thread in a real browser: only what is near is drawn, and nobody notices."""

import pytest
from playwright.sync_api import Page

from tests.browser.scripted import open_scripted, wait

FEW = 40
"""More items than three screens hold, and far fewer than the thread has."""


@pytest.fixture
def long_thread(empty_page: Page) -> Page:
    """A thread of 300 items, read from its end."""
    open_scripted(empty_page, "items=300&thread=thr_1")
    wait(empty_page, "itemsInView().at(-1)?.item.id === 'msg_299'")
    return empty_page


def test_only_what_is_near_the_view_is_drawn(long_thread: Page) -> None:
    """At the end, at the beginning, and after a jump into the middle."""
    assert 0 < long_thread.evaluate("itemsInView().length") < FEW
    long_thread.evaluate("readToStart()")
    assert 0 < long_thread.evaluate("itemsInView().length") < FEW
    long_thread.evaluate("scroller().scrollTop = scroller().scrollHeight / 2")
    wait(long_thread, "Math.abs(placeOf('msg_151') ?? 9e9) < 5000")
    assert 0 < long_thread.evaluate("itemsInView().length") < FEW


def test_older_items_come_above_without_moving_what_is_read(long_thread: Page) -> None:
    """The item that is read stays within a pixel of its place while a page is put before it."""
    held = long_thread.evaluate(
        """async () => {
          scroller().scrollTop = 700;
          await drawn();
          const read = itemsInView().find((each) => placeOf(each.item.id) > 0).item.id;
          const before = stage.items.length;
          const moves = [];
          let last = placeOf(read);
          for (let each = 0; each < 40; each++) {
            scroller().scrollTop -= 10;
            await frame();
            moves.push(placeOf(read) - last);
            last = placeOf(read);
          }
          return moves;
        }"""
    )
    assert all(abs(move - 10) <= 1.5 for move in held), held


def test_every_item_can_be_reached(long_thread: Page) -> None:
    """From the first to the last, in their order, with no hole between two that are drawn."""
    seen = long_thread.evaluate(
        """async () => {
          await readToStart();
          const seen = new Set();
          for (let each = 0; each < 1000 && !seen.has('msg_299'); each++) {
            const read = itemsInView().map(({ item }) => item.id);
            for (const id of read) if (placeOf(id) < innerHeight) seen.add(id);
            scroller().scrollTop += 500;
            await frame();
          }
          return [...seen];
        }"""
    )
    assert seen == [f"msg_{n}" for n in range(300)]


def test_an_answer_is_followed_until_the_reader_scrolls_up(long_thread: Page) -> None:
    """And followed again when the reader comes back to the end."""
    pieces = [f"Line {n}.\n\n" for n in range(200)]
    long_thread.evaluate("pieces => void ask('Tell me', { pieces, pause: 10 })", pieces)
    long_thread.get_by_text("Line 40.", exact=True).wait_for()
    wait(long_thread, "distanceToEnd() < 60")
    long_thread.mouse.move(400, 300)
    long_thread.mouse.wheel(0, -900)
    wait(long_thread, "distanceToEnd() > 600")
    place = long_thread.evaluate("scroller().scrollTop")
    long_thread.get_by_text("Line 120.", exact=True).wait_for(state="attached")
    assert long_thread.evaluate("scroller().scrollTop") == pytest.approx(place, abs=2)
    long_thread.get_by_role("button", name="Scroll").click()
    long_thread.get_by_text("Line 199.", exact=True).wait_for()
    wait(long_thread, "distanceToEnd() < 60")


def test_what_was_opened_and_what_has_the_focus_stays(long_thread: Page) -> None:
    """An item that was used is not taken away when it leaves the view."""
    kept = long_thread.evaluate(
        """async () => {
          const item = itemsInView().at(-1);
          const actions = item.shadowRoot.querySelector('turnstream-item-actions');
          actions.shadowRoot.querySelector('button').focus();
          await readToStart();
          return item.isConnected && item.shadowRoot.activeElement !== null;
        }"""
    )
    assert kept


def test_a_message_is_seen_when_it_is_sent_from_far_above(long_thread: Page) -> None:
    """Anyone who sends something wants to see it."""
    long_thread.evaluate("readToStart()")
    long_thread.evaluate("ask('Is this the end?', { pieces: ['It is.'] })")
    long_thread.get_by_text("Is this the end?").wait_for()
    wait(long_thread, "distanceToEnd() < 60")


def test_a_narrower_window_keeps_the_place(long_thread: Page) -> None:
    """All heights change: what is read is still there."""
    long_thread.evaluate(
        "async () => { await readToStart(); scroller().scrollTop = 4000; await drawn(); }"
    )
    read = "itemsInView().find((each) => placeOf(each.item.id) > -200).item.id"
    before = long_thread.evaluate(read)
    long_thread.set_viewport_size({"width": 420, "height": 720})
    wait(long_thread, f"Math.abs(placeOf('{before}') ?? 9e9) < 720")
