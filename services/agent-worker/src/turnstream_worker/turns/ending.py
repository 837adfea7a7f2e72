"""How an attempt ends: completed, failed, stopped, handed back, or lost."""

import asyncio
from datetime import UTC, datetime, timedelta

from chatkit.types import (
    AssistantMessageItem,
    DurationSummary,
    ErrorEvent,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    WorkflowItem,
)
from turnstream.contracts.turns import ReleaseTurn, TurnEnd, TurnError, TurnStatus
from turnstream.errors import Fenced, TurnstreamError
from turnstream.i18n import N_
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Interruption
from turnstream_worker.turns.context import AttemptContext
from turnstream_worker.turns.failures import Failure, classify

log = get_logger(__name__)

PATIENCE = 5.0
"""Seconds that an assistant's own clean-up, or Redis, may hold up the end of a turn. The end is
committed then all the same; viewers get the rest from the store."""
CLOSING_PATIENCE = 60.0
"""Seconds for which the end of a log is offered to a Redis that is away."""

_TIMED_OUT = Failure(
    "turn_timed_out",
    ErrorEvent(code="custom", message=N_("The answer took too long."), allow_retry=True),
)


async def end(parts: AttemptContext, interruption: Interruption | None) -> None:
    """End the attempt for the reason that stopped it, or as the assistant ended by itself."""
    if interruption is Interruption.LOST:
        return
    parts.writer.lift_limit()
    if interruption is not None or parts.failure is not None:
        parts.thread.writes.reopen()
    if interruption is Interruption.DRAIN:
        await _hand_back(parts)
    elif interruption is not None and interruption.by_user:
        await _stop(parts, interruption)
    elif interruption is Interruption.TIMEOUT:
        await _fail(parts, _TIMED_OUT)
    elif parts.failure is None:
        await _complete(parts)
    elif parts.failure.retryable and not parts.attempt.claimed.final_attempt:
        await _try_again(parts, parts.failure)
    else:
        await _fail(parts, parts.failure)


async def _complete(parts: AttemptContext) -> None:
    """The assistant is done. What the store then refuses of its last words is a failure of it."""
    try:
        await _finish(parts, TurnStatus.COMPLETED)
    except Fenced:
        raise
    except TurnstreamError as error:
        parts.failure = classify(error)
        await end(parts, None)


async def _finish(
    parts: AttemptContext, status: TurnStatus, error: TurnError | None = None, *, dead: bool = False
) -> None:
    """Commit the end, then close the log: whoever sees the end can read the result already."""
    parts.output.take_back(parts.thread.view.not_brought_again())
    end = TurnEnd.model_validate({"status": status, "error": error, "dead": dead})
    await parts.thread.writes.end(end)
    if not await parts.writer.close(status, CLOSING_PATIENCE):
        log.warning("log not closed, viewers learn it from the store")


async def _fail(parts: AttemptContext, failure: Failure) -> None:
    """Keep what the user saw, say what went wrong, and leave the thread usable."""
    failure = failure.spoken_in(parts.attempt.claimed.context.locale)
    _settle(parts)
    parts.output.emit(failure.event)
    await parts.pump.update_thread()
    await _finish(parts, TurnStatus.FAILED, failure.error(), dead=failure.retryable)


async def _stop(parts: AttemptContext, why: Interruption) -> None:
    """Keep what the user saw. Only a real Stop tells the model that it was one."""
    parts.thread.view.keep_stop_marker = why is not Interruption.INTERRUPT
    await _tell_assistant(parts)
    await parts.pump.update_thread()
    _settle(parts)
    await _finish(parts, TurnStatus.CANCELLED)


async def _tell_assistant(parts: AttemptContext) -> None:
    """The assistant's own clean-up. Whatever becomes of it, the turn still ends as stopped."""
    pending, context = parts.pump.pending.items(), parts.attempt.claimed.context
    try:
        async with asyncio.timeout(PATIENCE):
            await parts.server.handle_stream_cancelled(parts.pump.thread, pending, context)
    except Fenced:
        raise
    except Exception:  # whatever an app raises: the Stop of its user counts all the same
        log.exception("assistant failed to clean up", turn_id=parts.attempt.turn_id)


def _settle(parts: AttemptContext) -> None:
    """Finish or take back every open item, for the store and for the viewers alike."""
    pending = parts.pump.pending.items()
    for item in pending:
        kept = _kept(item)
        if kept is None and item.id not in parts.thread.view.written:
            parts.pump.pending.apply(ThreadItemRemovedEvent(item_id=item.id))
            parts.output.emit(ThreadItemRemovedEvent(item_id=item.id))
        else:
            done = ThreadItemDoneEvent(item=kept or item)
            parts.pump.pending.apply(done)
            parts.output.emit(done)
    if parts.thread.writes.refused:
        _take_back_refused(parts, {item.id for item in pending})


def _take_back_refused(parts: AttemptContext, settled: set[str]) -> None:
    """Have viewers forget what they saw begin and the store refused: no reload would show it."""
    for item_id in parts.writer.left_open():
        if item_id not in settled:
            parts.output.show({"type": "thread.item.removed", "item_id": item_id})


def _kept(item: ThreadItem) -> ThreadItem | None:
    """The item as it is kept when the turn ends early; None for what can't be kept."""
    if isinstance(item, AssistantMessageItem):
        return item if any(part.text.strip() for part in item.content) else None
    if isinstance(item, WorkflowItem):
        if item.workflow.summary is None:
            now = datetime.now(UTC).replace(tzinfo=None)
            elapsed = max(now - item.created_at, timedelta(0))
            item.workflow.summary = DurationSummary(duration=int(elapsed.total_seconds()))
        item.workflow.expanded = False
        return item
    return None


async def _hand_back(parts: AttemptContext) -> None:
    """This worker goes away: the turn is queued again and has lost nothing."""
    await parts.thread.writes.committed()
    await parts.writer.flush(PATIENCE)
    await parts.client.turns.release(
        parts.attempt.turn_id,
        ReleaseTurn(attempt=parts.attempt.number, count_as_failed=False),
    )


async def _try_again(parts: AttemptContext, failure: Failure) -> None:
    """Back to the queue, after a pause that doubles, or as long as the server asked for."""
    settings = parts.settings
    doubled = settings.retry_backoff * 2 ** (parts.attempt.number - 1)
    delay = failure.retry_after or min(doubled, settings.retry_backoff_limit)
    log.warning("turn will be tried again", code=failure.code, delay=delay.total_seconds())
    await parts.thread.writes.committed()
    await parts.writer.flush(PATIENCE)
    await parts.client.turns.release(
        parts.attempt.turn_id,
        ReleaseTurn(
            attempt=parts.attempt.number,
            count_as_failed=True,
            delay=delay,
            error=failure.error(),
        ),
    )
