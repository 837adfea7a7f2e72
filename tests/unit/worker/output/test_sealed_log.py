"""An attempt's log in memory: one position for each event, and text joined until it is sealed."""

from typing import Any

import orjson
import pytest
from turnstream.contracts.turns import TurnStatus
from turnstream.http import sse
from turnstream.redis.event_log import Kind
from turnstream_worker.output.sealed_log import SealedLog

MESSAGE = "assistant_message.content_part.text_delta"
WIDGET = "widget.streaming_text.value_delta"


def delta(text: str, item_id: str = "a", kind: str = MESSAGE, **target: Any) -> dict[str, Any]:
    """A text delta; for the first part of a message unless told."""
    where = target or {"content_index": 0}
    update = {"type": kind, **where, "delta": text}
    return {"type": "thread.item.updated", "item_id": item_id, "update": update}


@pytest.fixture
def log() -> SealedLog:
    """The log of a second attempt that has just begun."""
    log = SealedLog(2)
    log.open([b'{"type":"thread.created"}'], [], [])
    return log


def sealed(log: SealedLog) -> list[tuple[str, Any]]:
    """Positions and events of what the attempt has shown."""
    log.seal()
    return [
        (str(entry.position), orjson.loads(event))
        for entry in log.entries[2:]
        for event in sse.events_in(entry.frames)
    ]


def test_a_log_that_was_not_read_begins_with_the_acceptance(log: SealedLog) -> None:
    """It is written again where Redis lost it; then the attempt opens."""
    assert [str(entry.position) for entry in log.entries] == ["0-1", "2-0"]


def test_every_event_has_a_position_of_its_own(log: SealedLog) -> None:
    """A viewer resumes exactly behind the last one it got."""
    for number in range(3):
        log.add(b'{"n":%d}' % number)
    assert sealed(log) == [("2-1", {"n": 0}), ("2-2", {"n": 1}), ("2-3", {"n": 2})]


def test_text_that_follows_text_is_one_event(log: SealedLog) -> None:
    """Only the first piece of it is news for the flusher."""
    assert [log.add_text(delta(text)) for text in ("He", "ll", "o")] == [True, False, False]
    assert sealed(log) == [("2-1", delta("Hello"))]


@pytest.mark.parametrize(
    "other",
    [
        delta("x", item_id="b"),
        delta("x", content_index=1),
        delta("x", kind=WIDGET, component_id="c", done=False),
    ],
)
def test_text_of_something_else_is_an_event_of_its_own(log: SealedLog, other: Any) -> None:
    """Of another item, another part, another kind."""
    log.add_text(delta("Hello"))
    assert log.add_text(other)
    assert [event for _, event in sealed(log)] == [delta("Hello"), other]


def test_an_event_in_between_keeps_texts_apart(log: SealedLog) -> None:
    """The order of events stays."""
    log.add_text(delta("one"))
    log.add(b"{}")
    log.add_text(delta("two"))
    assert [event for _, event in sealed(log)] == [delta("one"), {}, delta("two")]


def test_a_widgets_text_that_is_done_takes_in_nothing_more(log: SealedLog) -> None:
    """What is done is said by the last piece."""
    pieces = [("He", False), ("llo", True), ("again", False)]
    for text, is_done in pieces:
        log.add_text(delta(text, kind=WIDGET, component_id="c", done=is_done))

    texts = [(event["update"]["delta"], event["update"]["done"]) for _, event in sealed(log)]
    assert texts == [("Hello", True), ("again", False)]


def test_what_is_sealed_is_not_joined_with_what_follows(log: SealedLog) -> None:
    """It may have been sent."""
    log.add_text(delta("one"))
    log.seal()
    assert log.is_sealed
    assert log.add_text(delta("two"))
    assert not log.is_sealed


def test_the_end_comes_behind_everything(log: SealedLog) -> None:
    """With the last position."""
    log.add(b"{}")
    log.close(TurnStatus.COMPLETED)
    last = log.entries[-1]
    assert (str(last.position), Kind.status_of(last.kind)) == ("2-2", TurnStatus.COMPLETED)


def test_it_knows_which_items_viewers_saw_begin_and_not_end(log: SealedLog) -> None:
    """The acceptance does not count: its items are stored."""
    for item_id in ("a", "b"):
        item: dict[str, Any] = {"id": item_id, "type": "assistant_message", "content": []}
        log.add(orjson.dumps({"type": "thread.item.added", "item": item}))
    log.add(orjson.dumps({"type": "thread.item.removed", "item_id": "a"}))
    assert log.open_items() == ["b"]
