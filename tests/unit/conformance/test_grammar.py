"""The oracle names the rule that a stream breaks."""

import pytest
from turnstream.conformance.grammar import Transcript, rules
from turnstream.conformance.rules import Rule

from tests.support.broken_streams import ANSWER, ASKED, BROKEN, CREATED, THREAD, Json
from tests.support.chat_events import added, delta, done, item, message, updated


def broken_by(*events: Json) -> list[str]:
    """The rules that a stream breaks, from its first event to its end."""
    transcript = Transcript()
    for event in events:
        transcript.apply(event)
    transcript.end()
    return [violation.rule.id for violation in transcript.violations]


def test_a_well_made_stream_breaks_no_rule() -> None:
    assert broken_by(CREATED, ASKED, *ANSWER) == []


@pytest.mark.parametrize("rule", BROKEN, ids=lambda rule: rule.id)
def test_a_broken_rule_is_named_alone(rule: Rule) -> None:
    assert set(broken_by(*BROKEN[rule])) == {rule.id}


def test_every_rule_of_events_has_a_stream_that_breaks_it() -> None:
    """The two that are missing are about frames, not events."""
    assert set(rules.RULES) - set(BROKEN) == {rules.NOTHING_AFTER_END, rules.POSITIONS_RISE}


def test_an_item_that_was_removed_may_be_made_again() -> None:
    """So does a worker that takes over another's turn."""
    removed = {"type": "thread.item.removed", "item_id": "a"}
    assert broken_by(CREATED, *ANSWER[:-1], removed, *ANSWER) == []
    assert broken_by(CREATED, *ANSWER, removed, *ANSWER) == []


def test_what_came_before_a_saved_stream_is_not_held_against_it() -> None:
    """A stream that does not begin with its thread may name items of earlier turns."""
    replaced = {"type": "thread.item.replaced", "item": message("old", "new text")}
    task = updated("f", "workflow.task.added", task_index=0, task={"type": "thought"})
    assert broken_by(ASKED, replaced, task) == []


def test_what_is_no_event_is_told_and_skipped() -> None:
    assert broken_by([], {"no": "type"}) == ["stream.event-shape"] * 2  # type: ignore[arg-type]


def test_a_loaded_item_may_go_on_growing() -> None:
    """After a reload in the middle of an answer, deltas come that the stored text has already."""
    transcript = Transcript()
    for event in (CREATED, added(message("a", ""))):
        transcript.apply(event)
    transcript.load(THREAD, [message("a", "Hello")])
    for event in (delta("a", "Hello"), done(message("a", "Hello"))):
        transcript.apply(event)
    transcript.end()
    assert transcript.violations == []


def test_a_type_that_nobody_knows_yet_is_kept() -> None:
    """A newer protocol is no reason to lose an item."""
    transcript = Transcript()
    transcript.apply(done(item("x", "hologram", beams=3)))
    assert transcript.items["x"]["beams"] == 3
    assert [each.rule for each in transcript.violations] == [rules.KNOWN_TYPES]
