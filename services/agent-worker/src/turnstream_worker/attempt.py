"""An attempt at a turn, as every module of the worker knows it while it runs."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Protocol

from opentelemetry.context import Context
from turnstream.contracts.ids import PREFIXES, derived_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import CancelReason, ClaimedTurn
from turnstream.errors import Fenced


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


@dataclass(frozen=True)
class ModelOrigin:
    """The model that an attempt asked, for an operator who looks for a fault."""

    model: str = ""
    host: str = ""
    """Host and port of its server; no credentials, no path."""
    request_id: str = ""
    """The id by which the server's operator finds the request."""


@dataclass(eq=False)
class Attempt:
    """One claim of one turn: what was claimed, what interrupted it, and its ids."""

    claimed: ClaimedTurn
    lease_deadline: float
    """The earliest time at which the lease can end, by the monotonic clock of this process."""
    interruption: Interruption | None = None
    finished: bool = False
    """True once this attempt has committed the end of its turn: no other attempt will follow."""
    began: float = field(default_factory=time.monotonic)
    """When it was claimed, by the monotonic clock of this process."""
    trace: Context = field(default_factory=Context)
    """Where spans of this attempt belong."""
    asked: ModelOrigin = ModelOrigin()
    """The model that was asked last."""
    exhausted: str = ""
    """Which budget was used up, so that the turn ends; empty while there is something left."""
    answer_was_empty: bool = False
    """True when the newest answer of a model said nothing, as it may after a tool."""
    runs: list[Cancellable] = field(default_factory=list)
    ended_calls: dict[str, bool] = field(default_factory=dict)
    """Tool calls that ended: call id -> True when the tool did what it was asked to."""
    _interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    _counters: Counter[tuple[str, str]] = field(default_factory=Counter)
    _counting: Lock = field(default_factory=Lock)

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
    def owner(self) -> Owner:
        """The user whose turn it is."""
        return self.claimed.context.owner

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

    @contextmanager
    def fencing(self) -> Iterator[None]:
        """Make a refused write of this attempt inside an interruption. Any other code may raise
        `Fenced` for reasons of its own, which say nothing about this attempt.
        """
        try:
            yield
        except Fenced:
            self.interrupt(Interruption.LOST)
            raise

    def lease_left(self) -> float:
        """Seconds for which this worker certainly has the lease."""
        return self.lease_deadline - time.monotonic()

    def new_id(self, kind: str) -> str:
        """The next id of a kind, the same in every attempt.

        Ids are counted per tool call, because concurrent calls have no fixed order. Threads of the
        app may ask too.
        """
        scope = id_scope.get()
        with self._counting:
            self._counters[kind, scope] += 1
            number = self._counters[kind, scope]
        return derived_id(PREFIXES.get(kind, kind), self.turn_id, scope, kind, number)

    def close_runs(self) -> None:
        """Cancel the agent runs that the assistant did not end."""
        for run in self.runs:
            run.cancel()
        self.runs.clear()


id_scope: ContextVar[str] = ContextVar("id_scope", default="turn")
"""The tool call whose code runs: ids must not depend on the order of concurrent calls."""
