"""How a deployment does: its queue, its slots and its workers."""

from datetime import datetime, timedelta

from turnstream.contracts.turns import Contract

SILENT_AFTER = timedelta(seconds=15)
"""A worker that was not heard of for so long is taken for dead. It says that it is there three
times as often."""


class WorkerHeartbeat(Contract):
    """A worker says that it is there."""

    instance: str
    slots: int
    running: int
    draining: bool = False
    version: str = ""


class WorkerState(WorkerHeartbeat):
    """A worker as the store heard of it last."""

    seen_at: datetime
    alive: bool
    """False where it was not heard of for longer than `SILENT_AFTER`."""


class TenantLoad(Contract):
    """What a tenant has in the queue."""

    tenant: str
    queued: int
    running: int


class Overview(Contract):
    """How the deployment does at this moment."""

    queued: int
    running: int
    held_back: int
    """Queued turns that wait for another turn or a delay: no slot would help them."""
    oldest_runnable: float | None = None
    """Seconds that the first in line waits already; None where nothing does."""
    slots: int
    """The slots of the workers that are alive and take turns."""
    free: int
    workers: list[WorkerState]
    tenants: list[TenantLoad]
    """Those with most turns first."""
    ended: int
    failed: int
    """Turns that ended, and those of them that failed, within the last 5 minutes."""
    dead_letters: int
    """All that wait for an operator, 1000 at most."""
