"""The state of a workflow in its thread, and what users read of a workflow's end."""

from datetime import datetime
from typing import Any

import pytest
from chatkit.types import ThreadMetadata
from turnstream_worker.agent_builder.ends import is_refusal, words_of
from turnstream_worker.agent_builder.state import KEPT, LIMIT, WorkflowState


@pytest.fixture
def thread() -> ThreadMetadata:
    return ThreadMetadata(id="thr_1", created_at=datetime(2027, 1, 1))


def run(thread: ThreadMetadata, turn: str, variables: Any = None, **first: Any) -> dict[str, Any]:
    """A run of a workflow that counts and ends; the state that it saw at its beginning."""
    state = WorkflowState(thread, turn, variables or {})
    live = state.fill({"count": 0, **first})
    seen = dict(live)
    live["count"] += 1
    state.keep()
    return seen


def test_a_turn_begins_with_what_the_last_one_kept(thread: ThreadMetadata) -> None:
    """Values that the export has gained since come from the export."""
    assert run(thread, "turn_1") == {"count": 0}
    assert run(thread, "turn_2", added="new") == {"count": 1, "added": "new"}


def test_a_second_attempt_begins_where_the_first_one_did(thread: ThreadMetadata) -> None:
    """Its first attempt has saved what it made of the state, and died before its end."""
    run(thread, "turn_1")
    assert run(thread, "turn_2") == {"count": 1}
    assert run(thread, "turn_2") == {"count": 1}
    assert run(thread, "turn_3") == {"count": 2}


def test_a_variable_of_the_session_wins_when_it_is_new_or_changed(thread: ThreadMetadata) -> None:
    """In between the workflow may set it as it likes."""
    assert run(thread, "turn_1", {"count": 10})["count"] == 10
    assert run(thread, "turn_2", {"count": 10})["count"] == 11
    assert run(thread, "turn_3", {"count": 20})["count"] == 20
    assert run(thread, "turn_3", {"count": 20})["count"] == 20


def test_what_is_no_json_is_left_out(thread: ThreadMetadata) -> None:
    """The rest is kept."""
    run(thread, "turn_1", plain=[1], odd=object())
    assert run(thread, "turn_2", odd="the export's") == {
        "count": 1,
        "plain": [1],
        "odd": "the export's",
    }


def test_a_large_state_is_not_kept(thread: ThreadMetadata) -> None:
    """The thread keeps what it had."""
    run(thread, "turn_1")
    run(thread, "turn_2", large="x" * LIMIT)
    assert run(thread, "turn_3") == {"count": 1}


def test_a_workflow_without_state_keeps_none(thread: ThreadMetadata) -> None:
    """Nothing is written into the thread."""
    WorkflowState(thread, "turn_1", {"plan": "pro"}).keep()
    assert KEPT not in thread.metadata


@pytest.mark.parametrize(
    ("result", "refused"),
    [
        ({"failed": True, "failures": []}, True),
        ({"jailbreak": {"failed": True}, "pii": {"failed": False}}, True),
        ({"jailbreak": {"failed": False}}, False),
        ({"safe_text": "hello"}, False),
        ({"output_text": "it failed"}, False),
        ("failed", False),
        (None, False),
    ],
)
def test_a_refusal_is_what_a_guardrail_returns(result: object, refused: bool) -> None:
    """Both forms that Agent Builder has had."""
    assert is_refusal(result) is refused


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"message": "Done."}, "Done."),
        ({"output_text": " Yes ", "message": "no"}, "Yes"),
        ("Plain", "Plain"),
        ({"output_parsed": {"a": 1}}, ""),
        ({"message": 7}, ""),
        (None, ""),
    ],
)
def test_the_words_of_a_result(result: object, words: str) -> None:
    """What is no text says nothing."""
    assert words_of(result) == words
