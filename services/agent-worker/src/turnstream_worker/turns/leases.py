"""The leases of a worker's turns: renewed in one call, and given up before they can have ended."""

import asyncio
import time
from collections.abc import Callable, Iterable

from turnstream.contracts.turns import HeldTurn, RenewLeases
from turnstream.errors import TurnstreamError
from turnstream.settings import Duration
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt, Interruption

log = get_logger(__name__)

_RENEWALS = 3
"""Renewals per lease: two may fail before the turn is lost."""
Blocked = Callable[[str], str]
"""From a turn's id to the words that say what keeps its worker from going on with it."""
_MARGIN = 0.1
"""Part of a lease by which an attempt stops early: it needs that time to end."""


class LeaseKeeper:
    """Renews the leases of this worker's attempts, and interrupts an attempt that lost its lease.

    The local clock only measures spans. A deadline is the time at which a renewal was *sent* plus
    the lease, so it lies before the deadline in the database, however slow the network was. A
    process that was stopped (SIGSTOP, a long pause) finds its deadline passed when it continues,
    and the store refuses its writes. A lease that was given up is never renewed again: another
    worker must get the turn, whatever the attempt still does.

    While an app's code blocks the event loop, the watchdog renews from its own thread: see
    `turnstream_worker.turns.watchdog`.
    """

    def __init__(self, client: StoreClient, worker: str, lease: Duration) -> None:
        self._client = client
        self._worker = worker
        self._lease = lease
        self._attempts: dict[tuple[str, int], Attempt] = {}
        self.on_first: Callable[[], object] = lambda: None
        """Called with the first attempt after a time without any."""

    @property
    def interval(self) -> float:
        """Seconds between two renewals."""
        return self._lease.total_seconds() / _RENEWALS

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts that run in this worker."""
        return list(self._attempts.values())

    @property
    def runs_last_attempt(self) -> bool:
        """True while a turn on its last attempt runs in this worker."""
        return any(attempt.claimed.final_attempt for attempt in self.attempts)

    def keep(self, attempt: Attempt) -> None:
        """Renew the lease of this attempt from now on."""
        at_rest = not self._attempts
        self._attempts[attempt.turn_id, attempt.number] = attempt
        if at_rest:
            self.on_first()

    def drop(self, attempt: Attempt) -> None:
        """Renew the lease of this attempt no longer: it has ended."""
        self._attempts.pop((attempt.turn_id, attempt.number), None)

    def find(self, turn_id: str) -> Attempt | None:
        """The attempt of a turn that runs in this worker; None where none does."""
        return next((each for each in self.attempts if each.turn_id == turn_id), None)

    async def run(self) -> None:
        """Renew leases and check deadlines until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._renew_forever())
            tasks.create_task(self._check_forever())

    async def _renew_forever(self) -> None:
        while True:
            await asyncio.sleep(self.interval)
            for attempt, why in await self.renew(self._client):
                attempt.interrupt(why)

    async def renew(
        self, client: StoreClient, blocked: Blocked | None = None
    ) -> list[tuple[Attempt, Interruption]]:
        """Renew every lease once; the attempts that must be interrupted, and why.

        Any thread may call it, with a client of its own: a deadline is one assignment, and the
        caller interrupts in the thread of the event loop. `blocked` says for each turn what keeps
        this worker from going on with it.
        """
        attempts = [each for each in self.attempts if not each.is_lost]
        if not attempts:
            return []
        try:
            async with asyncio.timeout(self.interval):
                return await self._renew(client, attempts, blocked)
        except (TurnstreamError, TimeoutError) as error:
            log.warning("leases not renewed", turns=len(attempts), error=str(error))
        except Exception:  # all turns of this worker depend on the renewals
            log.exception("leases not renewed")
        return []

    async def _renew(
        self, client: StoreClient, attempts: Iterable[Attempt], blocked: Blocked | None
    ) -> list[tuple[Attempt, Interruption]]:
        held = [
            HeldTurn(
                turn_id=each.turn_id,
                attempt=each.number,
                blocked=blocked(each.turn_id) if blocked else "",
            )
            for each in attempts
        ]
        sent = time.monotonic()
        answer = await client.turns.renew(
            RenewLeases(worker=self._worker, lease=self._lease, turns=held)
        )
        interrupted = []
        for attempt in attempts:
            if attempt.turn_id not in answer.held:
                interrupted.append((attempt, Interruption.LOST))
                continue
            attempt.lease_deadline = sent + self._lease.total_seconds()
            reason = answer.cancelled.get(attempt.turn_id)
            if reason is not None:
                interrupted.append((attempt, Interruption(reason.value)))
        return interrupted

    async def _check_forever(self) -> None:
        margin = self._lease.total_seconds() * _MARGIN
        while True:
            held = [attempt for attempt in self.attempts if not attempt.is_lost]
            left = [attempt.lease_left() - margin for attempt in held]
            await asyncio.sleep(max(0.01, min([*left, margin])))
            for attempt in self.attempts:
                if attempt.lease_left() <= margin and not attempt.is_lost:
                    log.warning("lease not confirmed, attempt stops", turn_id=attempt.turn_id)
                    attempt.interrupt(Interruption.LOST)
