"""A soak tells what rises from what only moves."""

import pytest

from tests.soak.slopes import Limit, Series, table


def series(values: list[float], *, every: float = 10.0, limit: Limit | None = None) -> Series:
    """One reading after the other, of one life."""
    made = Series("memory", "MB", limit or Limit(units=5))
    for number, value in enumerate(values):
        made.add(number * every, value)
    return made


def test_what_rises_by_more_than_its_limit_does_not_pass() -> None:
    """A tenth of a megabyte in ten seconds is 36 an hour."""
    growth = series([100 + number / 10 for number in range(100)]).growth(0, 1000)
    assert growth.slope == pytest.approx(36)
    assert growth.grew == pytest.approx(10, rel=0.02)
    assert (growth.passed, growth.said) == (False, "GROWS")


def test_what_moves_up_and_down_is_flat() -> None:
    """Whatever its noise is, and a few readings far off do not make a slope."""
    noisy = [100.0 + (number % 7) for number in range(100)]
    noisy[95:] = [400.0] * 5
    growth = series(noisy).growth(0, 1000)
    assert (growth.passed, growth.said) == (True, "flat")


def test_a_new_process_is_no_rise() -> None:
    """Each life is looked at by itself, without the time in which it loads what it needs."""
    made = Series("memory", "MB", Limit(units=5))
    for life, born in (("1", 0), ("2", 500), ("3", 1000)):
        for number in range(50):
            at = born + number * 10
            made.add(at, min(200.0, 40.0 * number), life)
    growth = made.growth(0, 1500)
    assert (growth.lives, growth.median, growth.grew, growth.passed) == (3, 200.0, 0.0, True)


def test_only_what_lasted_is_judged() -> None:
    """A process that was killed at once says nothing; if none lasted, that is no good sign."""
    made = Series("memory", "MB", Limit(units=5))
    for number in range(30):
        made.add(number * 10, float(number), str(number))
    assert made.growth(0, 300).said == "NOT SEEN"
    assert not made.growth(0, 300).passed


def test_a_life_is_carried_no_further_than_it_lasted() -> None:
    """A service that mischief kills every few minutes is judged by its longest life."""
    made = Series("memory", "MB", Limit(units=5))
    for life in range(10):
        for number in range(40):
            made.add(life * 400 + number * 10, 100 + number / 10, str(life))
    growth = made.growth(0, 4000)
    assert growth.slope == pytest.approx(36)
    assert (growth.said, round(growth.grew)) == ("flat", 4)


def test_a_run_that_is_too_short_for_a_series_says_so() -> None:
    """A log is kept for a while: until then there are more and more, and nothing is wrong."""
    rising = series([float(number) for number in range(100)], limit=Limit(level_after=900))
    assert (rising.growth(400, 1000).passed, rising.growth(400, 1000).said) == (
        True,
        "run too short",
    )
    assert rising.growth(900, 1000).said == "GROWS"


def test_the_table_names_the_slope_of_each() -> None:
    """With what it may grow beside it."""
    line = table([series([100.0] * 100, limit=Limit(share=0.1, units=5)).growth(0, 1000)])
    assert line.splitlines()[1].split() == [
        "memory",
        "MB",
        "1",
        "100.0",
        "0.0",
        "0.0",
        "15.0",
        "flat",
    ]
