"""What viewers hold of earlier attempts is not sent again, and what they lack is."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from turnstream.contracts.turns import Json
from turnstream.http import sse
from turnstream.redis.event_log import OPENING, Entry, Kind, Position
from turnstream_worker.output.viewers_copy import ViewersCopy

PROGRESS = {"type": "progress_update", "text": "reading"}


def item(item_id: str = "a", text: str = "Hello", **fields: Any) -> Json:
    """A message."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": item_id,
        "type": "assistant_message",
        "created_at": "2027-01-01T00:00:00Z",
        "content": content,
        **fields,
    }


def added(item_id: str = "a") -> Json:
    return {"type": "thread.item.added", "item": item(item_id, "")}


def done(item_id: str = "a", text: str = "Hello", **fields: Any) -> Json:
    return {"type": "thread.item.done", "item": item(item_id, text, **fields)}


def replaced(item_id: str = "a", text: str = "Hello") -> Json:
    """An item takes the place of another form of itself."""
    return done(item_id, text) | {"type": "thread.item.replaced"}


def removed(item_id: str = "a") -> Json:
    return {"type": "thread.item.removed", "item_id": item_id}


def text(delta: str, item_id: str = "a") -> Json:
    kind = "assistant_message.content_part.text_delta"
    update = {"type": kind, "content_index": 0, "delta": delta}
    return {"type": "thread.item.updated", "item_id": item_id, "update": update}


def copy_of(*events: Json) -> ViewersCopy:
    """The copy after an attempt that showed these events; its acceptance showed a message too."""
    log = [_entry(OPENING, [done("question")]), _entry(Position(1, 0), events)]
    return ViewersCopy(log)


def _entry(position: Position, events: Sequence[Json]) -> Entry:
    frames = sse.frames(position, [orjson.dumps(event) for event in events])
    return Entry(position, Kind.EVENTS, frames)


def sent(copy: ViewersCopy, *events: Json) -> list[Json]:
    """Those of the next attempt's events that are sent."""
    told = (copy.news(event) for event in events)
    return [event for event in told if event is not None]


def test_a_first_attempt_sends_everything() -> None:
    """Nobody holds anything yet."""
    events = [added(), text("Hello"), done(), PROGRESS]
    assert sent(ViewersCopy(), *events) == events


def test_an_item_that_comes_again_as_it_was_is_not_sent() -> None:
    """Neither its beginning nor its text; when it was made does not matter."""
    again = [added(), text("Hel"), text("lo"), done(created_at="2027-01-01T00:00:09Z")]
    assert sent(copy_of(added(), text("Hello"), done()), *again) == []


def test_an_item_that_comes_out_different_is_replaced_when_it_is_done() -> None:
    """It takes the place of the one that viewers hold: an item ends once."""
    other = [added(), text("Good"), done(text="Good day")]
    assert sent(copy_of(added(), done()), *other) == [replaced(text="Good day")]


def test_an_item_is_held_once() -> None:
    """A second version that is equal to the first came for a reason."""
    assert sent(copy_of(done()), done(), done()) == [done()]


def test_an_item_that_was_removed_meanwhile_is_sent_anew() -> None:
    """The removal is sent too: viewers hold the item."""
    assert sent(copy_of(done()), removed(), added(), done()) == [removed(), added(), done()]


def test_other_events_are_not_sent_as_often_as_they_were_seen() -> None:
    """The third of them is news."""
    assert sent(copy_of(PROGRESS, PROGRESS), PROGRESS, PROGRESS, PROGRESS) == [PROGRESS]


@pytest.mark.parametrize(
    ("shown", "stored", "events"),
    [
        pytest.param([added()], [], [removed()], id="begun and not stored: taken back"),
        pytest.param([added()], [item()], [done()], id="stored and not shown to the end"),
        pytest.param([], [item()], [done()], id="stored and not shown at all"),
        pytest.param([done()], [item()], [], id="stored and shown"),
        pytest.param([done(text="old")], [item()], [replaced()], id="stored in another form"),
        pytest.param([], [item(type="hidden_context_item")], [], id="hidden"),
        pytest.param(
            [], [item("b"), item("a")], [done("b"), done("a")], id="in the order of the store"
        ),
    ],
)
def test_viewers_are_brought_in_line_with_what_is_stored(
    shown: list[Json], stored: list[Json], events: list[Json]
) -> None:
    """Before the next attempt shows anything of its own."""
    assert copy_of(*shown).reconcile(stored) == events


def test_what_was_reconciled_is_held() -> None:
    """The replay does not send it a second time."""
    copy = copy_of(added())
    copy.reconcile([item()])
    assert sent(copy, added(), text("Hello"), done()) == []


def test_attachments_are_shown_without_their_metadata() -> None:
    """That is for the assistant only."""
    attachment = {"id": "atc_1", "metadata": {"secret": 1}}
    (event,) = copy_of().reconcile([item(attachments=[attachment])])
    assert event["item"]["attachments"] == [{"id": "atc_1"}]
