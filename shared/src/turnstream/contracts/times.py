"""Times as ChatKit writes them in JSON: UTC, ISO 8601, with a `Z` at the end."""

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """A moment as text. `moment` must have a time zone; a naive one raises `ValueError`."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be told in UTC.")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def utc_now() -> str:
    """The current time as text."""
    return utc_text(datetime.now(UTC))
