"""How long a model server asks to wait: a stranger's figure, which is read and bounded."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from turnstream_worker.failures.retry_after import LONGEST, from_headers, from_words

NOW = "Sat, 28 Nov 2026 12:00:00 GMT"
NOW_EPOCH = 1795867200


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("20s", 20),
        ("1m30s", 90),
        ("Sat, 28 Nov 2026 12:00:45 GMT", 45),
        ("Saturday, 28-Nov-26 12:00:45 GMT", 45),
        ("2026-11-28T12:00:45Z", 45),
        ("86400", LONGEST.total_seconds()),
        ("999999999", LONGEST.total_seconds()),
        ("1e300", LONGEST.total_seconds()),
        ("inf", LONGEST.total_seconds()),
        ("9" * 5000, LONGEST.total_seconds()),
        ("Sat, 28 Nov 2099 12:00:00 GMT", LONGEST.total_seconds()),
        ("Sat, 28 Nov 2026 11:00:00 GMT", None),
        ("Sat, 99 Nov 99999 99:99:99 GMT", None),
        ("0", None),
        ("-5", None),
        ("-inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_a_length_of_time_or_a_date(
    value: str, seconds: float | None
) -> None:
    """A date is compared with the server's own clock; what is no wait says nothing."""
    assert from_headers({"retry-after": value, "date": NOW}) == _span(seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after-ms": "inf"}, LONGEST.total_seconds()),
        ({"retry-after-ms": "nan", "retry-after": "2"}, 2),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1m12s",
                "x-ratelimit-remaining-tokens": "149984",
                "x-ratelimit-reset-tokens": "6h",
            },
            72,
        ),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str((NOW_EPOCH + 30) * 1000)}, 30),
        ({"x-ratelimit-reset": str(NOW_EPOCH + 30)}, 30),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "17"}, 17),
        ({"x-ratelimit-remaining": "12", "x-ratelimit-reset": "17"}, None),
        ({}, None),
    ],
)
def test_the_other_headers_that_say_it(headers: dict[str, str], seconds: float | None) -> None:
    """When a limit is reset counts where nothing of it is left: in seconds, or as a point in
    time in seconds or milliseconds.
    """
    assert from_headers({"date": NOW, **headers}) == _span(seconds)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Limit 30000, Used 26284. Please try again in 6.976s. Visit https://x.test/", 6.976),
        ("Please try again in 1m2.5s.", 62.5),
        ("Please try again in 7h12m.", 25920),
        ("try again in 120ms", 0.12),
        ("Please retry after 10 seconds.", 10),
        ("Try again in 5 minutes", 300),
        ("Please try again later. It costs 20 s.", None),
        ("Too many requests", None),
    ],
)
def test_a_message_may_say_it(words: str, seconds: float | None) -> None:
    """An error inside a stream has no headers."""
    assert from_words(words) == _span(seconds)


@given(
    st.text(max_size=40), st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset"])
)
def test_no_header_is_more_than_a_bounded_wait(value: str, name: str) -> None:
    wait = from_headers({name: value})
    assert wait is None or timedelta(0) <= wait <= LONGEST


@given(st.floats() | st.integers())
def test_no_figure_is_more_than_a_bounded_wait(value: float) -> None:
    wait = from_headers({"retry-after": str(value)})
    assert wait is None or timedelta(0) <= wait <= LONGEST


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
