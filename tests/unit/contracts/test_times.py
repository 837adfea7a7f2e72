"""Times in JSON are UTC with a `Z`, whatever zone they were told in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from turnstream.contracts.times import utc_now, utc_text


def test_a_time_of_another_zone_is_told_in_utc() -> None:
    noon = datetime(2026, 5, 1, 12, 0, 0, 250_000, timezone(timedelta(hours=2)))
    assert utc_text(noon) == "2026-05-01T10:00:00.250000Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        utc_text(datetime(2026, 5, 1, 12, 0))


def test_the_current_time_reads_back() -> None:
    before = datetime.now(UTC)
    assert before <= datetime.fromisoformat(utc_now()) <= datetime.now(UTC)
