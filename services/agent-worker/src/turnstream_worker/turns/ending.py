"""How an attempt ends: completed, failed, stopped, given back, or lost."""

from datetime import timedelta

from turnstream.contracts.turns import ReleaseTurn, TurnEnd, TurnStatus
from turnstream.errors import Fenced, TurnstreamError
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Interruption
from turnstream_worker.dialects.errors import EmptyAnswer
from turnstream_worker.failures.failure import Failure, classify, failure_of
from turnstream_worker.failures.kinds import BUDGET_EXHAUSTED, TIMED_OUT
from turnstream_worker.turns.context import AttemptContext
from turnstream_worker.turns.retrying import notice, retried_for, wait_after

log = get_logger(__name__)

Outcome = Interruption | Failure | None
"""What stopped an attempt; None where the assistant has ended by itself."""


async def end(context: AttemptContext, outcome: Outcome) -> None:
    """End the attempt. Raises `Fenced` when another attempt has begun."""
    if outcome is Interruption.LOST:
        return
    context.writer.lift_limit()
    if context.attempt.exhausted and (outcome is None or isinstance(outcome, Failure)):
        # Whatever the app made of it: the user is told, and the same would happen again.
        outcome = failure_of(BUDGET_EXHAUSTED, context.attempt.exhausted)
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
        await _fail(context, failure_of(TIMED_OUT).of(context.attempt))
    else:
        await _stop(context, outcome)


async def _complete(context: AttemptContext) -> Failure | None:
    """Commit a completed turn. Returns a failure if its answer is empty or the store refuses it.

    An empty answer is allowed only after a tool that has shown something.
    """
    if context.attempt.answer_was_empty and not context.output.has_answer():
        return classify(EmptyAnswer("The model said nothing after its tools."))
    try:
        context.close_complete()
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
    failure = failure.of(context.attempt)
    wait = wait_after(failure, context.attempt, context.settings)
    if wait is None:
        await _fail(context, failure)
    else:
        await _retry(context, failure, wait)


async def _fail(context: AttemptContext, failure: Failure) -> None:
    """Keep what the user saw, say what went wrong, and leave the thread usable."""
    log.error("turn failed", **failure.facts(context.attempt))
    failure = failure.localized(context.attempt.claimed.context.locale)
    context.close_open_items(context.open_items())
    context.output.emit(failure.event)
    await context.pump.update_thread()
    dead = failure.retryable
    await context.finish(TurnEnd(status=TurnStatus.FAILED, error=failure.error(), dead=dead))


async def _retry(context: AttemptContext, failure: Failure, wait: timedelta) -> None:
    """Queue the turn again. Viewers are told of a wait that they would notice."""
    attempt, locale = context.attempt, context.attempt.claimed.context.locale
    seconds = wait.total_seconds()
    log.warning("turn will be tried again", delay=seconds, **failure.facts(attempt))
    event = notice(wait, locale)
    if event is not None:
        context.output.emit(event)
    spent = {"retried_for": retried_for(attempt) + seconds}
    error = failure.localized(locale).error().model_copy(update=spent)
    await context.release(
        ReleaseTurn(attempt=attempt.number, count_as_failed=True, delay=wait, error=error)
    )
