"""What an attempt knows of its thread: pages of history, and the order of its items."""

from typing import Any

import pytest
from chatkit.types import SDKHiddenContextItem, ThreadItem
from turnstream_worker.thread.view import ThreadView

from tests.unit.worker.attempts import an_attempt
from tests.unit.worker.running import MADE, said

HISTORY = ["three", "two", "one"]
"""Ids of the thread's items, newest first, as a claim brings them."""


def stored(item_id: str) -> dict[str, Any]:
    """A message as the store has it."""
    return {
        "id": item_id,
        "thread_id": "thr_1",
        "created_at": "2027-01-01T00:00:00Z",
        "type": "assistant_message",
        "content": [{"type": "output_text", "text": item_id, "annotations": []}],
    }


def mine(text: str, **changes: Any) -> ThreadItem:
    """A message as the assistant makes it."""
    return said(text, "mine").model_copy(update={"thread_id": "thr_1", **changes})


def view(*, more: bool = False, **claimed: Any) -> ThreadView:
    """The view of an attempt that looks back on three items, and perhaps on more."""
    items = [stored(item_id) for item_id in HISTORY]
    return ThreadView(an_attempt(items=items, has_more_items=more, **claimed).claimed)


def ids(view: ThreadView, limit: int, order: str) -> list[str] | None:
    """The ids of a first page; None where the store must be asked."""
    page = view.page(limit, order)
    return None if page is None else [item.id for item in page.data]


@pytest.mark.parametrize(
    ("limit", "order", "more", "expected"),
    [
        (2, "desc", False, ["three", "two"]),
        (9, "desc", False, ["three", "two", "one"]),
        (3, "desc", True, ["three", "two", "one"]),
        (4, "desc", True, None),
        (2, "asc", False, ["one", "two"]),
        (9, "asc", False, ["one", "two", "three"]),
        (1, "asc", True, None),
    ],
)
def test_a_first_page_comes_from_the_claim_where_the_claim_has_all_of_it(
    limit: int, order: str, more: bool, expected: list[str] | None
) -> None:
    """The oldest items are known only where nothing lies before them."""
    assert ids(view(more=more), limit, order) == expected


@pytest.mark.parametrize(
    ("limit", "order", "more", "has_more", "after"),
    [
        (2, "desc", False, True, "two"),
        (3, "desc", False, False, None),
        (3, "desc", True, True, "one"),
        (2, "asc", False, True, "two"),
    ],
)
def test_a_page_says_whether_another_one_follows(
    limit: int, order: str, more: bool, has_more: bool, after: str | None
) -> None:
    """And behind which item it begins."""
    page = view(more=more).page(limit, order)
    assert page is not None
    assert (page.has_more, page.after) == (has_more, after)


def test_what_the_attempt_writes_sends_it_to_the_store_for_its_history() -> None:
    """The claim does not know it."""
    after_a_save, after_a_deletion = view(), view()
    after_a_save.wrote(said("new", "msg_1"))
    after_a_deletion.removed("one")

    assert ids(after_a_save, 1, "desc") is None
    assert ids(after_a_deletion, 1, "asc") is None


def test_items_are_numbered_in_the_order_in_which_they_are_first_asked_for() -> None:
    """An item keeps its number; when all are given out, the store numbers the rest."""
    numbered = view(first_seq=10, seqs=2)
    assert [numbered.seq(item_id) for item_id in ("a", "b", "a", "c")] == [10, 11, 10, None]


def test_an_item_that_comes_again_after_its_deletion_comes_behind_the_others() -> None:
    """As it does on the screens of its viewers."""
    numbered = view(first_seq=10, seqs=3)
    first = numbered.seq("a")
    numbered.seq("b")
    numbered.removed("a")

    assert (first, numbered.seq("a")) == (10, 12)


def test_what_an_earlier_attempt_stored_keeps_its_time_if_nothing_else_differs() -> None:
    """What is stored and what is shown stay the same item."""
    later = mine("mine", created_at=MADE.replace(hour=5))
    item, is_stored = view(own_items=[stored("mine")]).normalized(later)

    assert is_stored
    assert item.created_at == MADE


def test_an_item_that_comes_out_different_is_a_new_version() -> None:
    """From then on, nothing of it counts as stored."""
    replayed = view(own_items=[stored("mine")])

    assert replayed.normalized(mine("other words"))[1] is False
    assert replayed.normalized(mine("mine"))[1] is False


def test_items_of_earlier_attempts_are_stale_until_this_one_brings_or_deletes_them() -> None:
    """The end of the turn takes back the others."""
    replayed = view(own_items=[stored("a"), stored("b"), stored("c")])
    replayed.wrote(said("a", "a"))
    replayed.removed("b")

    assert replayed.stale_items() == ["c"]


def test_the_note_of_a_stop_is_refused_where_nobody_pressed_stop() -> None:
    """Any other item is taken."""
    note = SDKHiddenContextItem(id="n", thread_id="thr_1", created_at=MADE, content="stopped")
    thread = view()
    assert not thread.refuses(note)

    thread.keep_stop_marker = False

    assert thread.refuses(note)
    assert not thread.refuses(said("words"))
