"""Sends what is due, beside the other work of a store.

Any number of stores may: a delivery belongs to the store that claimed it, until its lease ends. One
that dies in between leaves it to another, which sends it again under the same id.
"""

import asyncio
import random
from datetime import timedelta

from prometheus_client import Counter
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.errors import TurnstreamError
from turnstream.secrets.sealing import Sealer, UnsealError
from turnstream.telemetry import get_logger

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.database.due import is_due
from turnstream_store.database.pools import Database
from turnstream_store.settings import StoreSettings
from turnstream_store.webhooks import deliveries_sql as deliveries
from turnstream_store.webhooks.deliveries_sql import ClaimedDelivery, DeliveryBounds, Failure
from turnstream_store.webhooks.requests import DeliveryResult, Requests
from turnstream_store.webhooks.sealing import sealer_of

log = get_logger(__name__)

TRIES = Counter(
    "turnstream_webhook_tries", "Tries to deliver an event to an endpoint.", ["outcome"]
)
"""`delivered`, `failed` (it is tried again) or `dead`."""
LEASE_MARGIN = timedelta(seconds=15)
"""How much longer than its timeout a try may take until its result is written."""
PAUSE = 0.05
"""Seconds between two claims while there is more to do."""
_JITTER = 0.2
_SYSTEM = Actor()


class Sender:
    """Claims deliveries that are due and sends them, so many at a time, until it is cancelled."""

    def __init__(self, database: Database, settings: StoreSettings) -> None:
        self._database = database
        self._settings = settings
        self._running: set[asyncio.Task[None]] = set()
        for outcome in ("delivered", "failed", "dead"):
            TRIES.labels(outcome)  # an alert needs the 0 before the first

    async def run(self) -> None:
        """Send until cancelled. A delivery that is cut off is sent again when its lease ends.

        Without keys there are no endpoints, and nothing to do.
        """
        if self._settings.webhook_keys is None:
            return
        sealer = sealer_of(self._settings)
        async with Requests(self._settings) as requests:
            try:
                while True:
                    claimed = await self._claim()
                    for each in claimed:
                        task = asyncio.create_task(self._deliver(each, sealer, requests))
                        self._running.add(task)
                        task.add_done_callback(self._running.discard)
                    await self._rest(bool(claimed))
            finally:
                for task in self._running:
                    task.cancel()
                await asyncio.gather(*self._running, return_exceptions=True)

    async def _rest(self, busy: bool) -> None:
        """Wait until something may be due, or a place may be free."""
        if busy:
            await asyncio.sleep(PAUSE)
        interval = self._settings.sweep_interval.total_seconds() * _jitter()
        if self._running:
            await asyncio.wait(self._running, timeout=interval, return_when=asyncio.FIRST_COMPLETED)
        elif not busy:
            await asyncio.sleep(interval)

    async def _claim(self) -> list[ClaimedDelivery]:
        free = self._settings.webhook_concurrency - len(self._running)
        if free <= 0:
            return []
        lease = self._settings.webhook_timeout + LEASE_MARGIN
        bounds = DeliveryBounds(self._settings.webhook_concurrency_per_endpoint, free, lease)
        try:
            if not await is_due(self._database, deliveries.ANY_DUE):
                return []
            async with self._database.all_tenants().transaction() as connection:
                return await deliveries.claim(connection, bounds)
        except TurnstreamError as error:
            log.warning("webhooks not claimed", error=error.detail)
            return []

    async def _deliver(self, claimed: ClaimedDelivery, sealer: Sealer, requests: Requests) -> None:
        try:
            outcome = await _try(claimed, sealer, requests)
            await self._note(claimed, outcome)
        except TurnstreamError as error:  # the lease ends, and it is sent again
            log.warning("webhook result not noted", event_id=claimed.event_id, error=error.detail)
        except Exception:  # one bad row must not end the sender
            log.exception("webhook failed", event_id=claimed.event_id)

    async def _note(self, claimed: ClaimedDelivery, outcome: DeliveryResult) -> None:
        if outcome.error is None:
            async with self._database.of(claimed.tenant).connection() as connection:
                await deliveries.note_delivered(connection, claimed, outcome.status or 0)
            TRIES.labels("delivered").inc()
            return
        again_in = None if outcome.gone else self._next_wait(claimed.tries, outcome.wait)
        failure = Failure(outcome.status, outcome.error)
        async with self._database.of(claimed.tenant).connection() as connection:
            noted = await deliveries.note_failed(connection, claimed, failure, again_in)
        TRIES.labels("dead" if again_in is None else "failed").inc()
        ids = {"webhook_id": claimed.webhook_id, "event_id": claimed.event_id}
        log.info("webhook not delivered", **ids, tries=claimed.tries, error=outcome.error)
        if noted and outcome.gone:
            await self._disable(claimed, "gone", timedelta(0))
        elif noted and again_in is None:
            await self._disable(claimed, "failing", self._settings.webhook_disable_after)

    def _next_wait(self, tries: int, asked: timedelta) -> timedelta | None:
        """How long until the next try; None when there is none."""
        waits = self._settings.webhook_waits
        return None if tries > len(waits) else max(waits[tries - 1] * _jitter(), asked)

    async def _disable(self, claimed: ClaimedDelivery, why: str, failing_for: timedelta) -> None:
        """Disable an endpoint at which nothing arrives any more, and tell the audit."""
        async with self._database.of(claimed.tenant).transaction() as connection:
            if not await deliveries.disable_failing(connection, claimed, why, failing_for):
                return
            deed = AuditEvent(
                Action.WEBHOOK_DISABLED,
                _SYSTEM,
                claimed.tenant,
                target=claimed.webhook_id,
                detail={"why": why},
            )
            await audit.add(connection, deed)
        log.warning("webhook disabled", webhook_id=claimed.webhook_id, why=why)


async def _try(claimed: ClaimedDelivery, sealer: Sealer, requests: Requests) -> DeliveryResult:
    sealed = [each for each in (claimed.secret, claimed.last_secret) if each is not None]
    try:
        secrets = [
            sealer.open(each, claimed.tenant, claimed.webhook_id).decode() for each in sealed
        ]
    except UnsealError:
        return DeliveryResult(None, "WEBHOOK_KEYS of this store cannot open its secret")
    return await requests.send(claimed, secrets)


def _jitter() -> float:
    return random.uniform(1 - _JITTER, 1 + _JITTER)
