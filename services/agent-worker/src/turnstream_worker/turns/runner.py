"""One attempt from its claim to its end. Read it from top to bottom."""

import asyncio
import time

from turnstream.contracts.jobs import RunTurn
from turnstream.contracts.turns import ClaimedTurn, ClaimTurn
from turnstream.errors import CredentialsUnreadable, Fenced, TurnstreamError
from turnstream.logs import context as log_context
from turnstream.redis.client import until_reached
from turnstream.redis.event_log import Entry, EventLog
from turnstream.secrets.credentials import Credentials
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_worker import callers
from turnstream_worker.assistant import Assistants
from turnstream_worker.attempt import Attempt, Interruption
from turnstream_worker.failures.failure import Failure, classify
from turnstream_worker.output.event_output import EventOutput
from turnstream_worker.output.log_writer import LogWriter
from turnstream_worker.replay.journal import Journal, current_journal
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.spans.attempts import attempt_traced, end_traced
from turnstream_worker.turns import ending
from turnstream_worker.turns.context import TIMEOUT, AttemptContext
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.metrics import ATTEMPTS, BROKEN, LOST
from turnstream_worker.turns.pump import EventPump

log = get_logger(__name__)


class TurnRunner:
    """Runs turns, any number at a time, each with its assistant."""

    def __init__(
        self,
        assistants: Assistants,
        client: StoreClient,
        event_log: EventLog,
        leases: LeaseKeeper,
        settings: WorkerSettings,
    ) -> None:
        self._assistants = assistants
        self._client = client
        self._log = event_log
        self._leases = leases
        self._settings = settings
        self._credentials = Credentials(settings.credential_keys)
        self._awaits_last_attempt = False

    async def run(self, job: RunTurn) -> None:
        """Claim the next due turn and run it to its end. Does nothing if none is due. The job is
        a wake-up: the turn that it names has another job, or the sweeper finds it.

        Raises nothing: an attempt that cannot be ended here keeps its lease until that ends, and
        another worker takes the turn over.
        """
        log_context.enter(tenant=job.tenant)
        asked = time.time_ns()
        attempt = await self._claim(job)
        if attempt is None:
            return
        outcome = BROKEN
        try:
            with attempt_traced(attempt, asked):
                outcome = await self._attempt(attempt)
        except Fenced:
            outcome = LOST
            log.warning("attempt superseded")
        except Exception:  # the other turns of this worker go on
            log.exception("attempt failed")
        finally:
            ATTEMPTS.labels(outcome).inc()
            attempt.close_runs()
            self._leases.drop(attempt)
            self._assistants.store.close(attempt)

    async def _claim(self, job: RunTurn) -> Attempt | None:
        """Claim a turn and renew its lease from then on; None if it cannot be claimed.

        At most one concurrent claim may return a turn on its last attempt. Turns that crashed a
        worker together are requeued together; this keeps them on different workers.
        """
        accepts_last_attempt = not (self._leases.runs_last_attempt or self._awaits_last_attempt)
        self._awaits_last_attempt |= accepts_last_attempt
        sent = time.monotonic()
        try:
            claimed = await self._client.turns.claim_next(
                ClaimTurn(
                    turn_id=job.turn_id,
                    tenant=job.tenant,
                    worker=self._settings.instance,
                    lease=self._settings.lease,
                    accepts_last_attempt=accepts_last_attempt,
                )
            )
        except TurnstreamError as error:
            log.warning("turn not claimed", turn_id=job.turn_id, error=str(error))
            return None
        finally:
            self._awaits_last_attempt &= not accepts_last_attempt
        if claimed is None:
            return None
        attempt = Attempt(self._opened(claimed), sent + self._settings.lease.total_seconds())
        self._leases.keep(attempt)
        return attempt

    def _opened(self, claimed: ClaimedTurn) -> ClaimedTurn:
        """The turn with its headers in its context; as it is where they can't be read, which fails
        the attempt when its assistant would begin.
        """
        try:
            context = self._credentials.put_back(
                claimed.context, claimed.credentials, claimed.turn_id
            )
        except CredentialsUnreadable:
            return claimed
        return claimed.model_copy(update={"context": context, "credentials": None})

    async def _attempt(self, attempt: Attempt) -> str:
        log_context.bind(
            tenant=attempt.owner.tenant,
            thread_id=attempt.thread_id,
            turn_id=attempt.turn_id,
            attempt=attempt.number,
        )
        log.info("attempt began")
        began = time.monotonic()
        caller = callers.begin(attempt.claimed.context, attempt)
        context = self._context(attempt)
        try:
            await context.journal.load()
            current_journal.set(context.journal)
            context.output.open(attempt.claimed, await self._earlier_log(attempt))
            outcome = await self._answer(context)
            with end_traced():
                await ending.end(context, outcome)
        finally:
            caller.known_threads[attempt.thread_id] = context.thread.view.thread()
            caller.end()
            await context.abandon()
        log.info(
            "attempt ended",
            outcome=context.ended_as,
            interruption=attempt.interruption,
            seconds=round(time.monotonic() - began, 3),
        )
        return context.ended_as

    def _context(self, attempt: Attempt) -> AttemptContext:
        assistant = self._assistants.of(attempt.claimed.context)
        thread = assistant.store.open(attempt)
        writer = LogWriter(self._log, attempt, thread.writes, self._settings)
        output = EventOutput(thread, writer)
        return AttemptContext(
            attempt=attempt,
            server=assistant.server,
            client=self._client,
            settings=self._settings,
            thread=thread,
            writer=writer,
            output=output,
            pump=EventPump(assistant, output, attempt.claimed, self._settings.task_timeout),
            journal=Journal(attempt, self._client, thread.writes),
        )

    async def _earlier_log(self, attempt: Attempt) -> list[Entry]:
        """The log of earlier attempts, which this one must know; a first attempt has none."""
        if attempt.number == 1:
            return []
        return await until_reached(lambda: self._log.read_all(attempt.turn_id))

    async def _answer(self, context: AttemptContext) -> ending.Outcome:
        """Run the assistant until it ends or is interrupted. Nothing of it runs afterwards."""
        attempt = context.attempt
        answering = asyncio.create_task(callers.contained(context.pump.run()))
        interrupted = asyncio.create_task(attempt.interrupted())
        timeout = self._settings.turn_timeout.total_seconds()
        try:
            await asyncio.wait(
                {answering, interrupted}, return_when="FIRST_COMPLETED", timeout=timeout
            )
            if not answering.done():
                attempt.interrupt(Interruption.TIMEOUT)
                attempt.close_runs()
                answering.cancel()
                await asyncio.wait({answering}, timeout=TIMEOUT)
        finally:
            interrupted.cancel()
            answering.cancel()
        return attempt.interruption or _failure(answering, attempt.interruption)


def _failure(answering: "asyncio.Task[None]", interruption: Interruption | None) -> Failure | None:
    """How the assistant failed, if it ended by itself.

    A `Fenced` that the app raises does not say that this attempt is superseded: a refused write of
    its own has interrupted it. The exception may come from a helper that serves another turn.
    """
    if answering.cancelled() and interruption is None:
        return classify(asyncio.CancelledError("nobody stopped it"))
    if not answering.done() or answering.cancelled():
        return None
    error = answering.exception()
    if error is None or interruption is Interruption.LOST:
        return None
    return classify(error)
