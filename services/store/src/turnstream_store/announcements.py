"""What the rest of the system must hear once a transaction has committed.

Rules return announcements. The caller publishes them after the commit, with
`turnstream_store.publisher`. All are hints: if Redis is away they are lost, and the sweeper, the
lease renewals and the relays find the same facts in Postgres by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from turnstream.contracts.turns import CancelReason, Json, TurnStatus
from turnstream.http import sse
from turnstream.redis.event_log import OPENING


@dataclass(frozen=True)
class JobReady:
    """A queued turn may run: wake a worker."""

    turn_id: str
    tenant: str


@dataclass(frozen=True)
class TurnOpened:
    """A turn was accepted: its log begins with these frames (see `opening_frames`)."""

    turn_id: str
    frames: bytes


@dataclass(frozen=True)
class CancelRequested:
    """A running turn must stop: tell the worker that runs it."""

    turn_id: str
    reason: CancelReason


@dataclass(frozen=True)
class TurnClosed:
    """The store itself ended a turn: show its viewers the last events and the end."""

    turn_id: str
    attempt: int
    """The attempt under which the end is written; it fences every earlier writer."""
    status: TurnStatus
    opening: list[Json]
    events: list[Json]


@dataclass(frozen=True)
class LogDropped:
    """A turn that had ended runs again: delete its old log, which holds its old end."""

    turn_id: str


@dataclass(frozen=True)
class TurnDeleted:
    """A turn was deleted with its thread: show its viewers the end, and delete its log."""

    turn_id: str
    attempt: int
    """The attempt under which the end is written; it fences the worker that still writes."""


@dataclass(frozen=True)
class SecretEnded:
    """A key was revoked, or a session cancelled: tell the gateways, which remember it."""

    id: str


Announcement = (
    JobReady | LogDropped | TurnDeleted | TurnOpened | CancelRequested | TurnClosed | SecretEnded
)


def opening_frames(opening: Sequence[Json]) -> bytes:
    """The events that the acceptance shows, as the first frames of the turn's log."""
    return sse.frames(OPENING, [orjson.dumps(event) for event in opening])
