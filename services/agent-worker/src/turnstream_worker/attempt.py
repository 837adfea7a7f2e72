"""An attempt at a turn, as every module of the worker knows it while it runs.

The current attempt is a context variable. Tasks that the assistant starts inherit it, so the store,
the models and the tools know for which attempt they are called.
"""

import asyncio
import time
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from chatkit.types import ThreadMetadata
from turnstream.contracts.ids import PREFIXES, derived_id
from turnstream.contracts.turns import CancelReason, ClaimedTurn


class Interruption(StrEnum):
    """Why an attempt was stopped before its end."""

    STOP = CancelReason.STOP.value
    DISCONNECT = CancelReason.DISCONNECT.value
    INTERRUPT = CancelReason.INTERRUPT.value
    LOST = "lost"
    """The lease has ended: another attempt may run. Nothing more may be written."""
    DRAIN = "drain"
    """This worker shuts down. The turn goes back to the queue."""
    TIMEOUT = "timeout"
    """The turn ran longer than any turn may."""

    @property
    def by_user(self) -> bool:
        """True when the user wants no more of the answer."""
        return self in (Interruption.STOP, Interruption.DISCONNECT, Interruption.INTERRUPT)


class Cancellable(Protocol):
    """A streamed agent run."""

    def cancel(self) -> None:
        """Stop it now."""


@dataclass(eq=False)
class Attempt:
    """One claim of one turn: what was claimed, what interrupted it, and its ids."""

    claimed: ClaimedTurn
    lease_deadline: float
    """The earliest time at which the lease can end, by the monotonic clock of this process."""
    interruption: Interruption | None = None
    runs: list[Cancellable] = field(default_factory=list)
    _interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    _counters: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def turn_id(self) -> str:
        """The turn."""
        return self.claimed.turn_id

    @property
    def thread_id(self) -> str:
        """The turn's thread."""
        return self.claimed.thread_id

    @property
    def number(self) -> int:
        """The fencing token."""
        return self.claimed.attempt

    @property
    def answered_item(self) -> str | None:
        """The item of the questions that the turn's request answers; None for other requests."""
        request = self.claimed.request
        if request["type"] != "threads.add_structured_input":
            return None
        return str(request["params"]["item_id"])

    @property
    def owner(self) -> str:
        """The user whose turn it is."""
        return self.claimed.context.user_id

    @property
    def is_lost(self) -> bool:
        """True once another worker may have the turn."""
        return self.interruption is Interruption.LOST

    def interrupt(self, why: Interruption) -> None:
        """Stop the attempt. The first reason stays, unless the lease is lost."""
        if self.interruption is None or why is Interruption.LOST:
            self.interruption = why
        self._interrupted.set()

    async def interrupted(self) -> Interruption:
        """Wait for an interruption; returns its reason."""
        await self._interrupted.wait()
        assert self.interruption is not None
        return self.interruption

    def lease_left(self) -> float:
        """Seconds for which this worker certainly has the lease."""
        return self.lease_deadline - time.monotonic()

    def new_id(self, kind: str) -> str:
        """The next id of a kind, the same in every attempt.

        Ids are counted per tool call, because concurrent calls have no fixed order.
        """
        scope = id_scope.get()
        self._counters[kind, scope] += 1
        prefix = PREFIXES.get(kind, kind)
        return derived_id(prefix, self.turn_id, scope, kind, self._counters[kind, scope])

    def close_runs(self) -> None:
        """Cancel the agent runs that the assistant did not end."""
        for run in self.runs:
            run.cancel()
        self.runs.clear()


current_attempt: ContextVar[Attempt | None] = ContextVar("current_attempt", default=None)
"""The attempt for which code runs; None in a short call and outside any turn."""

current_owner: ContextVar[str] = ContextVar("current_owner")
"""The user for whom code runs, in turns and in short calls."""

known_threads: ContextVar[dict[str, ThreadMetadata]] = ContextVar("known_threads")
"""Other threads than the turn's own, as this turn or short call first loaded them."""

id_scope: ContextVar[str] = ContextVar("id_scope", default="turn")
"""The tool call whose code runs: ids must not depend on the order of concurrent calls."""


def act_for(owner: str) -> None:
    """Make the current task a turn or short call of this user."""
    current_owner.set(owner)
    known_threads.set({})
