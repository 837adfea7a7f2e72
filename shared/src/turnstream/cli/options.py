"""Options that several commands of `turnstream` have, and the store that they name."""

import argparse
import sys
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from stamina.instrumentation import set_on_retry_hooks

from turnstream.cli import deployment
from turnstream.errors import BadRequest
from turnstream.settings import parse_duration
from turnstream.store_client import HttpStoreClient

_TIMEOUT = timedelta(seconds=3)


def store_of(options: argparse.Namespace) -> HttpStoreClient:
    """The store of the deployment that the options name, as an async context manager.

    If they name none, they have its address from here on.
    """
    set_on_retry_hooks([])  # the outcome is told once, at the end, not with every try
    try:
        options.store_url = options.store_url or deployment.store_url()
        return HttpStoreClient(options.store_url, retry_timeout=_TIMEOUT, key=_key(options.key))
    except ValidationError as error:
        raise BadRequest(f"A setting can't be used. {error}") from error
    except ValueError as error:
        raise BadRequest(f"The key for the store can't be used. {error}") from error


def _key(given: str | None) -> str:
    if given == "-":
        return sys.stdin.readline().strip()
    return given or deployment.key()


def add_listing(listing: argparse.ArgumentParser, within: timedelta | None = None) -> None:
    """Add the options of a list: how far back it goes, how long it is, and whether it is JSON."""
    default = f" (default: {_days_or_hours(within)})" if within else ""
    listing.add_argument(
        "--since",
        type=moment,
        default=datetime.now(UTC) - within if within else None,
        help=f"not older than this: 90m, 24h, or a date and time (ISO 8601){default}",
    )
    listing.add_argument(
        "--limit", type=int, default=50, help="how many at most (default %(default)s)"
    )
    listing.add_argument("--json", action="store_true", help="JSON lines, for another program")


def moment(text: str) -> datetime:
    """A point in time: so long ago, or as written; in local time unless it says otherwise."""
    ago = parse_duration(text)
    if isinstance(ago, timedelta):
        return datetime.now(UTC) - ago
    return datetime.fromisoformat(text).astimezone()


def duration(text: str) -> timedelta:
    """How long, as `30s`, `12h` or `90d`. Raises what argparse shows for anything else."""
    lasts = parse_duration(text)
    if not isinstance(lasts, timedelta) or lasts <= timedelta(0):
        raise argparse.ArgumentTypeError("write how long as 30s, 30m, 12h or 90d")
    return lasts


def _days_or_hours(within: timedelta) -> str:
    hours = round(within.total_seconds() / 3600)
    return f"{hours // 24}d" if hours > 24 else f"{hours}h"
