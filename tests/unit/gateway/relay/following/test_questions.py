"""How often a gateway asks the store about turns that its viewers doubt."""

import time

import pytest
from turnstream_gateway.relay.following.questions import DOUBTS, LOST, Questions


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that is moved by hand: its only element is the time."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def _asked(questions: Questions, clock: list[float], *, missing: bool) -> int:
    """How many of ten thousand tries within a second may ask."""
    asked = 0
    for _ in range(10_000):
        asked += questions.may_ask(missing=missing)
        clock[0] += 1 / 10_000
    return asked


@pytest.mark.parametrize(("missing", "rate"), [(False, DOUBTS), (True, LOST)])
def test_thousands_of_viewers_ask_at_a_steady_rate(
    clock: list[float], missing: bool, rate: float
) -> None:
    """However many have doubts: a tenant with 2,000 waiting turns had the store busy with them."""
    asked = _asked(Questions(), clock, missing=missing)

    assert rate * 0.95 <= asked <= rate + 1


def test_silent_turns_do_not_keep_those_of_lost_logs_waiting(clock: list[float]) -> None:
    """Whose log is gone sees nothing until the store has answered."""
    questions = Questions()
    _asked(questions, clock, missing=False)

    assert questions.may_ask(missing=True)


def test_a_question_after_a_quiet_time_is_asked_at_once(clock: list[float]) -> None:
    """One viewer alone never waits for others."""
    questions = Questions()
    assert questions.may_ask(missing=False)
    clock[0] += 1 / DOUBTS

    assert questions.may_ask(missing=False)
