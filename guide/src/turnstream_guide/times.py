"""Times as ChatKit's items hold them."""

from datetime import datetime


def now() -> datetime:
    """Now, without a time zone, in UTC: ChatKit can't subtract times that have a zone.

    A worker runs in UTC.
    """
    return datetime.now()  # noqa: DTZ005
