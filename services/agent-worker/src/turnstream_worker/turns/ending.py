"""How an attempt ends: completed, failed, stopped, given back, or lost."""

from chatkit.types import ErrorEvent
from turnstream.contracts.turns import ReleaseTurn, TurnEnd, TurnStatus
from turnstream.errors import Fenced, TurnstreamError
from turnstream.i18n import N_
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Interruption
from turnstream_worker.turns.context import AttemptContext
from turnstream_worker.turns.failures import Failure, classify

log = get_logger(__name__)

Outcome = Interruption | Failure | None
"""What stopped an attempt; None where the assistant has ended by itself."""

_TIMED_OUT = Failure(
    "turn_timed_out",
    ErrorEvent(code="custom", message=N_("The answer took too long."), allow_retry=True),
)


async def end(context: AttemptContext, outcome: Outcome) -> None:
    """End the attempt. Raises `Fenced` when another attempt has begun."""
    if outcome is Interruption.LOST:
        return
    context.writer.lift_limit()
    if outcome is None:
        outcome = await _complete(context)
    if outcome is None:
        return
    context.thread.writes.reopen()
    if isinstance(outcome, Failure):
        await _fail_or_retry(context, outcome)
    elif outcome is Interruption.DRAIN:
        await context.release(ReleaseTurn(attempt=context.attempt.number, count_as_failed=False))
    elif outcome is Interruption.TIMEOUT:
        await _fail(context, _TIMED_OUT)
    else:
        await _stop(context, outcome)


async def _complete(context: AttemptContext) -> Failure | None:
    """Commit the assistant's last words; the failure, if the store refuses them."""
    try:
        await context.finish(TurnEnd(status=TurnStatus.COMPLETED))
    except Fenced:
        raise
    except TurnstreamError as error:
        return classify(error)
    return None


async def _stop(context: AttemptContext, why: Interruption) -> None:
    """Keep what the user saw. Only a real Stop tells the model that it was one."""
    if why is Interruption.INTERRUPT:
        context.thread.refuse_stop_marker()
    items = context.open_items()
    await context.clean_up(items)
    await context.pump.update_thread()
    context.close_open_items(items)
    await context.finish(TurnEnd(status=TurnStatus.CANCELLED))


async def _fail_or_retry(context: AttemptContext, failure: Failure) -> None:
    if failure.retryable and not context.attempt.claimed.final_attempt:
        await _retry(context, failure)
    else:
        await _fail(context, failure)


async def _fail(context: AttemptContext, failure: Failure) -> None:
    """Keep what the user saw, say what went wrong, and leave the thread usable."""
    failure = failure.localized(context.attempt.claimed.context.locale)
    context.close_open_items(context.open_items())
    context.output.emit(failure.event)
    await context.pump.update_thread()
    dead = failure.retryable
    await context.finish(TurnEnd(status=TurnStatus.FAILED, error=failure.error(), dead=dead))


async def _retry(context: AttemptContext, failure: Failure) -> None:
    """Queue the turn again, after a wait that doubles or that the model server asked for."""
    attempt, settings = context.attempt.number, context.settings
    doubled = settings.retry_backoff * 2 ** (attempt - 1)
    delay = failure.retry_after or min(doubled, settings.retry_backoff_limit)
    log.warning("turn will be tried again", code=failure.code, delay=delay.total_seconds())
    await context.release(
        ReleaseTurn(attempt=attempt, count_as_failed=True, delay=delay, error=failure.error())
    )
