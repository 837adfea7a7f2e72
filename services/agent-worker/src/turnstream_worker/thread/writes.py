"""What an attempt writes into the store: in order, gathered for a moment, committed together.

A turn's last item and its end usually come within a millisecond of each other, and so do a model's
answer and what is made of it. Each would be a request and a commit; together they are one of each.
What is shown of a write waits for its commit, and so does every tool and every model call.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from turnstream.contracts.store_api import Step, StoredItem, WriteAttempt
from turnstream.contracts.turns import TurnEnd
from turnstream.errors import Fenced
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt, Interruption

log = get_logger(__name__)

GATHERING, LONGEST_GATHERING = 0.005, 0.1
"""Seconds that a write waits for company: at least, and at most. In between it is as long as the
store takes to answer, so that what a crash can undo no more than doubles, and so that the busier
the store is, the fewer requests it gets."""

_LETTING_GO = 2.0
"""Seconds an abandoned commit may take to end: what it still writes is fenced like any other."""

Show = Callable[[], None]


@dataclass
class _Batch:
    """Writes that are committed together, and what may be shown then."""

    steps: list[Step] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    items: dict[str, StoredItem] = field(default_factory=dict)
    reconfirmed: set[str] = field(default_factory=set)
    end: TurnEnd | None = None
    shows: list[Show] = field(default_factory=list)


class Writes:
    """The writes of one attempt.

    Nothing is written in another order than it came in: one task commits, so batches follow each
    other. What the store refuses, and all that comes behind it, is neither stored nor shown: every
    call raises the failure, whoever makes it, until the end of the turn reopens the writes. A
    superseded attempt is interrupted; its calls raise `Fenced` for good, and so do those of code
    that outlives its attempt.
    """

    def __init__(self, client: StoreClient, attempt: Attempt) -> None:
        self._client = client
        self._attempt = attempt
        self._gathered: _Batch | None = None
        self._under_way: _Batch | None = None
        self._committing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._failure: Exception | None = None
        self.refused = False
        """True once something was refused and given up: viewers may still see it begun."""

    def record(self, key: str, value: str) -> None:
        """Journal a step."""
        self._batch().steps.append(Step(key=key, value=value))

    def save(self, item: StoredItem) -> None:
        """Add or replace an item."""
        batch = self._batch()
        batch.reconfirmed.discard(item.item_id)
        batch.items[item.item_id] = item

    def reconfirm(self, item_id: str) -> None:
        """Note that this attempt, too, brought an item, and leave the item as it is stored."""
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
        """Show something once everything written so far is committed: at once when it is.

        Steps too: whoever sees what came of a model's answer can rely on its being recorded. What
        is provisional waits only for what is to be shown before it.
        """
        self._raise()
        batch = self._gathered or self._under_way
        if batch is None or (provisional and not self._something_waits()):
            show()
        else:
            batch.shows.append(show)

    async def committed(self) -> None:
        """Return when everything written so far is committed. Raises what a write met."""
        if self._committing is not None:
            self._hurry.set()
            await asyncio.wait({self._committing})
        self._raise()

    def reopen(self) -> None:
        """The turn has failed of what was refused, or ends anyway: its end can be written."""
        if self._failure is not None and not isinstance(self._failure, Fenced):
            self._failure, self.refused = None, True

    async def end(self, end: TurnEnd) -> None:
        """Commit the turn's end, with all that has gathered. Raises what a write met."""
        batch = self._batch()
        batch.end = end
        if not end.dead:
            batch.steps.clear()  # the journal goes with the turn
        await self.committed()

    async def abandon(self) -> None:
        """Write nothing more, and say so to whoever still tries."""
        self._failure = Fenced("The attempt has ended.")
        if self._committing is not None:
            self._committing.cancel()
            await asyncio.wait({self._committing}, timeout=_LETTING_GO)

    def _something_waits(self) -> bool:
        return any(batch.shows for batch in (self._under_way, self._gathered) if batch)

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _batch(self) -> _Batch:
        self._raise()
        if self._gathered is None:
            self._gathered = _Batch()
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        return self._gathered

    async def _commit_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._gathered is not None:
                patience = loop.call_later(self._patience(), self._hurry.set)
                await self._hurry.wait()
                patience.cancel()
                self._hurry.clear()
                self._under_way, self._gathered = self._gathered, None
                await self._commit(self._under_way)
                shows, self._under_way = self._under_way.shows, None
                for show in shows:
                    show()
        except Fenced as error:
            self._failure = error
            self._attempt.interrupt(Interruption.LOST)
        except Exception as error:
            log.warning("writes failed", turn_id=self._attempt.turn_id, error=str(error))
            self._failure = error
        finally:
            self._committing = self._under_way = self._gathered = None
            self._hurry.clear()

    def _patience(self) -> float:
        return min(max(GATHERING, self._client.latency), LONGEST_GATHERING)

    async def _commit(self, batch: _Batch) -> None:
        command = WriteAttempt(
            attempt=self._attempt.number,
            steps=batch.steps,
            removed=sorted(batch.removed),
            items=list(batch.items.values()),
            reconfirmed=sorted(batch.reconfirmed),
            end=batch.end,
        )
        await self._client.attempts.write(self._attempt.turn_id, command)
