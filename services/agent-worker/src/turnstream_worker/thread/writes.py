"""The writes of an attempt: in order, collected for a moment, committed together.

The last item of a turn and its end usually come within a millisecond, and so do a model's answer
and the items made of it. Together they are one request and one commit. The events of a write are
shown after its commit, and tools and model calls wait for it too.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from turnstream.contracts.operating.usage import ModelUsage
from turnstream.contracts.store_api import Step, StoredItem, WriteAttempt
from turnstream.contracts.turns import TurnEnd
from turnstream.errors import Fenced
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt, Interruption

log = get_logger(__name__)

SHORTEST, LONGEST = 0.025, 0.25
"""Seconds for which writes are collected, at least and at most. The longest applies while no event
waits for them: a model's answer is nearly always followed by a tool, another call or the end, which
commit at once."""
LOAD = 4
"""Once an event waits, writes are collected for this many times the store's latency: a busy worker
takes longer from an answer to the turn's end, and its requests take longer too."""

_ABANDONING = 2.0
"""Seconds that `abandon` waits for a commit to end. What it still writes is fenced as usual."""

Show = Callable[[], None]


@dataclass
class _Batch:
    """Writes that are committed together, and what is shown then."""

    steps: list[Step] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    items: dict[str, StoredItem] = field(default_factory=dict)
    reconfirmed: set[str] = field(default_factory=set)
    usage: list[ModelUsage] = field(default_factory=list)
    played_back: list[str] = field(default_factory=list)
    end: TurnEnd | None = None
    shows: list[Show] = field(default_factory=list)


class Writes:
    """The writes of one attempt.

    One task commits, so writes keep their order. After the store refused a write, nothing is stored
    or shown: every call raises the failure, until the end of the turn calls `reopen`. A superseded
    attempt is interrupted. Its calls raise `Fenced` for good, and so do calls of code that outlives
    its attempt.
    """

    def __init__(self, client: StoreClient, attempt: Attempt) -> None:
        self._client = client
        self._attempt = attempt
        self._next: _Batch | None = None
        self._current: _Batch | None = None
        self._task: asyncio.Task[None] | None = None
        self._commit_now = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._failure: Exception | None = None
        self._ending = False
        self.refused = False
        """True once a refused write was given up: viewers may have seen its item begin."""

    def record(self, key: str, value: str) -> None:
        """Journal a step. Once the turn ends, nobody needs the step, and it is dropped."""
        if not self._ending:
            self._batch().steps.append(Step(key=key, value=value))

    def count(self, usage: ModelUsage) -> None:
        """Count a model call, together with its record. It stays when the turn ends; what a task
        uses that goes on after its turn is dropped.
        """
        if not self._ending:
            self._batch().usage.append(usage)

    def count_playback(self, key: str) -> None:
        """Count that a recorded answer took the place of a call."""
        if not self._ending:
            self._batch().played_back.append(key)

    def save(self, item: StoredItem) -> None:
        """Add or replace an item."""
        batch = self._batch()
        batch.reconfirmed.discard(item.item_id)
        batch.items[item.item_id] = item

    def reconfirm(self, item_id: str) -> None:
        """Note that this attempt brought a stored item again; the item stays as it is."""
        batch = self._batch()
        if item_id not in batch.items:
            batch.reconfirmed.add(item_id)

    def remove(self, item_id: str) -> None:
        """Delete an item."""
        batch = self._batch()
        batch.items.pop(item_id, None)
        batch.reconfirmed.discard(item_id)
        batch.removed.add(item_id)

    def then(self, show: Show, *, provisional: bool = False) -> None:
        """Call `show` after everything written so far is committed (immediately if it already is).

        That includes steps: when viewers see what came of a model's answer, it is recorded.
        A provisional event waits only for the events before it.
        """
        self._raise()
        batch = self._next or self._current
        if batch is None or (provisional and not self._something_waits()):
            show()
        else:
            batch.shows.append(show)
            if batch is self._next and len(batch.shows) == 1:
                self._shorten()

    async def committed(self) -> None:
        """Return when everything written so far is committed. Raises the failure of a write."""
        if self._task is not None:
            self._commit_now.set()
            await asyncio.wait({self._task})
        self._raise()

    def reopen(self) -> None:
        """Give up what was refused, so that the end of the turn can be written."""
        if self._failure is not None and not isinstance(self._failure, Fenced):
            self._failure, self.refused = None, True

    async def end(self, end: TurnEnd) -> None:
        """Commit the turn's end with all earlier writes. Raises the failure of a write.

        From now on a write is refused to its caller, unless the end itself is refused: code that
        the assistant left running must not harm the end of its turn.
        """
        batch = self._batch()
        batch.end = end
        if not (end.dead or self._attempt.claimed.keep_journals.keeps(end.status)):
            batch.steps.clear()  # the journal is deleted with the turn
        self._ending = True
        try:
            await self.committed()
        except Exception:
            self._ending = False
            raise

    async def abandon(self) -> None:
        """Write nothing more. Later calls raise `Fenced`; after the turn's end only writes do."""
        if not self._ending:
            self._failure = Fenced("The attempt has ended.")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_ABANDONING)

    def _something_waits(self) -> bool:
        return any(batch.shows for batch in (self._current, self._next) if batch)

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _batch(self) -> _Batch:
        self._raise()
        if self._ending:
            raise Fenced("The turn has ended.")
        if self._next is None:
            self._next = _Batch()
        if self._task is None:
            self._task = asyncio.create_task(self._commit_all())
        return self._next

    async def _commit_all(self) -> None:
        try:
            while self._next is not None:
                await self._due(self._next)
                self._current, self._next = self._next, None
                await self._commit(self._current)
                shows, self._current = self._current.shows, None
                for show in shows:
                    show()
        except Fenced as error:
            self._failure = error
            self._attempt.interrupt(Interruption.LOST)
        except Exception as error:
            log.warning("writes failed", turn_id=self._attempt.turn_id, error=error)
            self._failure = error
        finally:
            self._task = self._current = self._next = None
            self._commit_now.clear()

    async def _due(self, batch: _Batch) -> None:
        """Return when a batch is to be committed: at its time, or as soon as somebody waits."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LONGEST, self._commit_now.set)
        if batch.shows:
            self._shorten()
        try:
            await self._commit_now.wait()
        finally:
            self._timer.cancel()
            self._timer = None
        self._commit_now.clear()

    def _shorten(self) -> None:
        """Commit what is collected earlier: an event waits for it."""
        if self._timer is None:
            return  # the earlier batch is being committed; this one has no timer yet
        soon = asyncio.get_running_loop().time() + max(SHORTEST, LOAD * self._client.latency)
        when = min(soon, self._timer.when())
        self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(when, self._commit_now.set)

    async def _commit(self, batch: _Batch) -> None:
        command = WriteAttempt(
            attempt=self._attempt.number,
            steps=batch.steps,
            removed=sorted(batch.removed),
            items=list(batch.items.values()),
            reconfirmed=sorted(batch.reconfirmed),
            usage=batch.usage,
            played_back=batch.played_back,
            end=batch.end,
        )
        await self._client.attempts.write(self._attempt.owner, self._attempt.turn_id, command)
