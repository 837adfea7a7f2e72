"""Turns as an operator looks for them, and one of them in all that is known of it."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import orjson
from redis.exceptions import RedisError
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.operations import (
    AttemptOutcome,
    EventLogSummary,
    JournalEntry,
    TimelineEvent,
    TimelineEventKind,
    ToolCallSummary,
    TurnAttempt,
    TurnDetails,
    TurnList,
    TurnSearch,
    TurnSummary,
)
from turnstream.contracts.turns import RequestContext, TurnError, TurnStatus
from turnstream.errors import NotFound
from turnstream.http import sse
from turnstream.redis.event_log import PAGE, EventLog, Kind

from turnstream_store.operations import queries
from turnstream_store.operations.queries import Line, StoredItem
from turnstream_store.turns.tables import TurnRow
from turnstream_store.usage.tables import UsageRow

_LOG_PAGES = 2
"""Pages of a log whose events are counted."""
RUNS_AGAIN = (TurnStatus.FAILED, TurnStatus.CANCELLED)
"""Turns with these ends may be repeated. A completed answer is replaced by its user only."""


async def list_turns(session: AsyncSession, log: EventLog, wanted: TurnSearch) -> TurnList:
    """A page of turns, the newest first; those that run with their position."""
    lines = await queries.lines(session, wanted)
    page, has_more = lines[: wanted.limit], len(lines) > wanted.limit
    shown = [summary_of(each) for each in page]
    positions = await asyncio.gather(*(_position(log, each) for each in shown))
    data = [
        each.model_copy(update={"position": position})
        for each, position in zip(shown, positions, strict=True)
    ]
    return TurnList(data=data, after=data[-1].turn_id if has_more else None)


async def show_turn(session: AsyncSession, log: EventLog, turn_id: str) -> TurnDetails:
    """All that is known of a turn but what was said in it. Raises `NotFound`."""
    found = await queries.line(session, turn_id)
    if found is None:
        raise NotFound(f"There is no turn {turn_id}.")
    row, summary = found.turn, summary_of(found)
    context = RequestContext.model_validate_json(row.context)
    attempts = attempts_of(row)
    models = await queries.model_calls(session, turn_id)
    items = await queries.stored_items(session, turn_id)
    newest = await queries.newest_of_thread(session, row.thread_id)
    return TurnDetails(
        turn=summary.model_copy(update={"position": await _position(log, summary)}),
        attempts=attempts,
        timeline=_timeline(row, attempts, models, items),
        tool_calls=[
            ToolCallSummary(**{**each._asdict(), "size": each.size or 0}, has_ended=bool(each.size))
            for each in await queries.calls(session, turn_id)
        ],
        journal=[
            JournalEntry(key=each.key, kind=each.key.partition("_")[0], size=each.size)
            for each in await queries.records(session, turn_id)
        ],
        log=await _log(log, turn_id),
        trace_id=_trace_id(context.traceparent),
        session_id=row.session_id,
        may_requeue=row.dead,
        may_run_again=TurnStatus(row.status) in RUNS_AGAIN and newest == turn_id,
    )


def summary_of(line: Line) -> TurnSummary:
    """A turn as a line of a list."""
    row = line.turn
    return TurnSummary.model_validate(
        {
            **row.model_dump(include=_COLUMNS),
            "turn_id": row.id,
            "user": row.owner,
            "held_back": row.held_back and row.status == TurnStatus.QUEUED,
            "error": TurnError.model_validate_json(row.error) if row.error else None,
            "age": line.age,
        }
    )


_OTHER = {"error", "held_back", "position"}
_COLUMNS = ({*TurnSummary.model_fields} & {*TurnRow.model_fields}) - _OTHER


def attempts_of(row: TurnRow) -> list[TurnAttempt]:
    """The newest attempts of a turn. The last one ended with the turn, unless it says otherwise."""
    attempts = [TurnAttempt.model_validate(each) for each in row.attempts]
    if attempts and attempts[-1].ended_at is None and row.ended_at is not None:
        code = TurnError.model_validate_json(row.error).code if row.error else None
        end = {"ended_at": row.ended_at, "outcome": AttemptOutcome(row.status), "code": code}
        attempts[-1] = attempts[-1].model_copy(update=end)
    return attempts


def _timeline(
    row: TurnRow,
    attempts: Sequence[TurnAttempt],
    models: Iterable[UsageRow],
    items: Iterable[StoredItem],
) -> list[TimelineEvent]:
    moments = [
        TimelineEvent(at=row.accepted_at, kind=TimelineEventKind.ACCEPTED, what=row.kind),
        *_of_attempts(attempts),
        *(_of_model_call(each) for each in models),
        *_of_items(items),
    ]
    if row.ended_at is not None:
        moments.append(
            TimelineEvent(at=row.ended_at, kind=TimelineEventKind.ENDED, what=row.status)
        )
    return sorted(moments, key=lambda each: each.at)


def _of_attempts(attempts: Iterable[TurnAttempt]) -> Iterator[TimelineEvent]:
    for each in attempts:
        number = each.attempt
        yield TimelineEvent(
            at=each.began_at, kind=TimelineEventKind.CLAIMED, attempt=number, what=each.worker
        )
        if each.ended_at is not None and each.outcome is not None:
            what = " ".join(filter(None, (each.outcome, each.code)))
            kind = TimelineEventKind.ATTEMPT_ENDED
            yield TimelineEvent(at=each.ended_at, kind=kind, attempt=number, what=what)


def _of_model_call(call: UsageRow) -> TimelineEvent:
    again = f", played back {call.played_back}\u00d7" if call.played_back else ""
    tokens = f"{call.input_tokens} tokens in, {call.output_tokens} out"
    what = f"{call.model or call.agent}: {tokens}{again}"
    return TimelineEvent(
        at=call.created_at, kind=TimelineEventKind.MODEL_CALL, attempt=call.attempt, what=what
    )


def _of_items(items: Iterable[StoredItem]) -> Iterator[TimelineEvent]:
    for each in items:
        at = _moment(each.created_at)
        if at is not None and each.attempt:  # what is of no attempt came with the acceptance
            what = f"{each.type}, {each.size} bytes"
            yield TimelineEvent(at=at, kind=TimelineEventKind.ITEM, attempt=each.attempt, what=what)


def _moment(text: str | None) -> datetime | None:
    """When an item began, as it says; None for what no item of ours would say."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _trace_id(traceparent: str | None) -> str | None:
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) > 2 else None


async def _position(log: EventLog, turn: TurnSummary) -> str | None:
    if turn.status is not TurnStatus.RUNNING:
        return None
    try:
        newest = await log.newest(turn.turn_id)
    except (RedisError, OSError):
        return None
    return None if newest is None else str(newest)


async def _log(log: EventLog, turn_id: str) -> EventLogSummary | None:
    """The event log; None when it is gone, or Redis is away."""
    try:
        newest = await log.newest(turn_id)
        entries = await log.read(turn_id)
        for _ in range(1, _LOG_PAGES):
            if len(entries) % PAGE == 0 and entries:
                entries += await log.read(turn_id, after=entries[-1].position)
        last = await log.read_from(turn_id, newest) if newest else []
    except (RedisError, OSError):
        return None
    if newest is None:
        return None
    events = Counter(
        str(orjson.loads(event).get("type"))
        for entry in entries
        for event in sse.events_in(entry.frames)
    )
    ended = bool(last) and Kind.status_of(last[0].kind) is not None
    return EventLogSummary(
        entries=len(entries), position=str(newest), ended=ended, events=dict(events.most_common())
    )
