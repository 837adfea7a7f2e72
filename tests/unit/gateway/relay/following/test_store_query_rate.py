"""How often a gateway asks the store about turns whose viewers hear nothing."""

import time

import pytest
from turnstream_gateway.relay.following.store_query_rate import (
    LOST_LOGS,
    SILENT_TURNS,
    StoreQueryRate,
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that is moved by hand: its only element is the time."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def _asked(query_rate: StoreQueryRate, clock: list[float], *, missing: bool) -> int:
    """How many of ten thousand tries within a second may ask."""
    asked = 0
    for _ in range(10_000):
        asked += query_rate.try_acquire(missing=missing)
        clock[0] += 1 / 10_000
    return asked


@pytest.mark.parametrize(("missing", "rate"), [(False, SILENT_TURNS), (True, LOST_LOGS)])
def test_thousands_of_viewers_ask_at_a_steady_rate(
    clock: list[float], missing: bool, rate: float
) -> None:
    """However many have doubts: a tenant with 2,000 waiting turns had the store busy with them."""
    asked = _asked(StoreQueryRate(), clock, missing=missing)

    assert rate * 0.95 <= asked <= rate + 1


def test_silent_turns_do_not_keep_those_of_lost_logs_waiting(clock: list[float]) -> None:
    """Whose log is gone sees nothing until the store has answered."""
    query_rate = StoreQueryRate()
    _asked(query_rate, clock, missing=False)

    assert query_rate.try_acquire(missing=True)


def test_a_question_after_a_quiet_time_is_asked_at_once(clock: list[float]) -> None:
    """One viewer alone never waits for others."""
    query_rate = StoreQueryRate()
    assert query_rate.try_acquire(missing=False)
    clock[0] += 1 / SILENT_TURNS

    assert query_rate.try_acquire(missing=False)
