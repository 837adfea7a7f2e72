import pytest
from turnstream.contracts.tools import STEP
from turnstream_tools.events.call_events import CallEvents, NotAnEvent, TooManyEvents


def done(item_id: str) -> dict[str, object]:
    return {"type": "thread.item.done", "item": {"id": item_id}}


def added(item_id: str) -> dict[str, object]:
    return {"type": "thread.item.added", "item": {"id": item_id}}


def updated(item_id: str) -> dict[str, object]:
    return {"type": "thread.item.updated", "item_id": item_id, "update": {}}


PROGRESS = {"type": "progress_update", "text": "x"}


def test_numbers_rise_and_lasting_events_have_theirs_whatever_came_between() -> None:
    """Lasting events have multiples of STEP, so a record and a live stream number them alike."""
    quiet, chatty = CallEvents(), CallEvents()
    assert [quiet.add(done(i)).seq for i in "ab"] == [STEP, 2 * STEP]
    events = [PROGRESS, PROGRESS, done("a"), PROGRESS, added("b"), done("b"), PROGRESS]
    numbers = [chatty.add(event).seq for event in events]
    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[2], numbers[5]) == (1, STEP, 2 * STEP)


def test_only_the_end_of_an_item_lasts() -> None:
    """The growth of an item is no part of the result."""
    emissions = CallEvents()
    for event in (PROGRESS, added("a"), updated("a"), done("a"), added("b")):
        emissions.add(event)
    assert emissions.lasting() == [done("a")]


def test_who_comes_later_sees_what_lasts_and_what_still_grows() -> None:
    """A worker that attaches late gets a complete picture, in order."""
    emissions = CallEvents()
    events = [added("a"), done("b"), PROGRESS, updated("a"), added("c"), done("c")]
    for event in events:
        emissions.add(event)
    assert [each.event for each in emissions.so_far()] == [
        added("a"),
        done("b"),
        updated("a"),
        done("c"),
    ]
    numbers = [each.seq for each in emissions.so_far()]
    assert numbers == sorted(numbers)


def test_an_event_that_the_tool_changes_afterwards_stays_as_it_was() -> None:
    """Events are copied: a tool may use its dict again."""
    emissions, event = CallEvents(), done("a")
    emissions.add(event)
    event["item"] = "changed"
    assert emissions.lasting() == [done("a")]


@pytest.mark.parametrize(
    "event",
    [None, [], {}, {"type": 1}, {"type": "x", "y": object()}, {"type": "error", "message": "x"}],
)
def test_what_is_no_event_is_refused(event: object) -> None:
    """The tool is told at once, where its author can see it."""
    with pytest.raises(NotAnEvent):
        CallEvents().add(event)


def test_a_flood_of_lasting_events_ends_and_one_of_progress_is_not_kept() -> None:
    """What is kept for a call is bounded; progress is not kept at all."""
    emissions = CallEvents()
    water = "x" * 100_000
    for _ in range(50):
        emissions.add({**PROGRESS, "text": water})
        emissions.add({**updated("a"), "update": water})
        emissions.add({"type": "thread.item.removed", "item_id": "a"})
    with pytest.raises(TooManyEvents):
        for _ in range(50):
            emissions.add({"type": "client_effect", "name": water})
