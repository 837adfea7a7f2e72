"""Makes the recording of a turn."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import orjson
from redis.exceptions import RedisError
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.operating.recordings import (
    HISTORY_ITEMS,
    LARGEST,
    RecordedCall,
    RecordedEntry,
    RecordedItem,
    RecordedTurn,
    Recording,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import ToolResult
from turnstream.contracts.turns import Json, RequestContext, TurnError, TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.http import sse
from turnstream.redis.event_log import EventLog

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.database.owners import owner_of_row
from turnstream_store.database.pools import Database
from turnstream_store.recordings import queries
from turnstream_store.recordings.queries import Call, Item
from turnstream_store.threads import documents
from turnstream_store.threads import queries as threads
from turnstream_store.turns import all_tenants_queries as cross_tenant
from turnstream_store.turns import queries as turns
from turnstream_store.turns.queries import CHANGED_BY_OTHERS
from turnstream_store.turns.tables import TurnRow


async def record_turn(
    database: Database, event_log: EventLog, turn_id: str, actor: Actor
) -> Recording:
    """A turn with all that decided how it went, no matter whose it is, as far as it has come.

    The audit tells of it. Raises `NotFound`, and `Unprocessable` where its journal is gone or it
    is too large.
    """
    async with database.all_tenants().session() as session:
        found = await cross_tenant.find(session, turn_id)
    if found is None:
        raise NotFound(f"There is no turn {turn_id}.")
    owner = owner_of_row(found)
    log = await _log(event_log, turn_id)
    async with database.of(owner.tenant).session() as session:
        recording = await _recording(session, owner, turn_id, log)
        deed = AuditEvent(Action.TURN_RECORDED, actor, owner.tenant, owner.user, turn_id)
        await audit.add_within(session, deed)
    return recording


async def _recording(
    session: AsyncSession, owner: Owner, turn_id: str, log: list[RecordedEntry] | None
) -> Recording:
    row = await turns.load(session, owner, turn_id)
    thread = await threads.load(session, owner, row.thread_id) if row is not None else None
    if row is None or thread is None:
        raise NotFound(f"There is no turn {turn_id}.")
    _check_kept(row)
    journal = await turns.recorded_steps(session, owner, turn_id)
    calls = await queries.calls_of(session, owner, row)
    before = await queries.items_before(session, owner, row, HISTORY_ITEMS + 1)
    made = await queries.items_of(session, owner, row)
    history = before[:HISTORY_ITEMS]
    _check_size(turn_id, [*history, *made], journal, calls)
    begun: Json = orjson.loads(row.thread_before or "null") or documents.metadata_json(thread)
    return Recording(
        recorded_at=datetime.now(UTC),
        turn=_turn(row),
        thread={name: value for name, value in begun.items() if name != CHANGED_BY_OTHERS},
        history=[_item(each, None) for each in reversed(history)],
        history_cut=len(before) > HISTORY_ITEMS,
        items=[_item(each, each.attempt) for each in made],
        journal={key: _value(text) for key, text in journal.items()},
        calls={each.key: _call(each) for each in calls},
        log=log,
    )


def _value(text: str) -> object:
    """A record of the journal. Half of a surrogate pair, which no file can hold, is a "?"."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return orjson.loads(
            json.dumps(json.loads(text), ensure_ascii=False).encode(errors="replace")
        )


def _check_kept(row: TurnRow) -> None:
    """Raises `Unprocessable` where the journal went with the turn's end, or was kept no longer."""
    if TurnStatus(row.status).ended and not row.dead and row.journal_until is None:
        raise Unprocessable(
            f"The journal of {row.id} is gone: it ended as {row.status}. KEEP_JOURNALS says of "
            "which turns the store keeps it, and JOURNAL_TTL for how long."
        )


def _check_size(
    turn_id: str, items: Iterable[Item], journal: Mapping[str, str], calls: Sequence[Call]
) -> None:
    size = sum(len(each.payload) + len(each.public or "") for each in items)
    size += sum(map(len, journal.values())) + sum(len(each.result or "") for each in calls)
    if size > LARGEST:
        raise Unprocessable(f"{turn_id} holds {size} characters, and a recording {LARGEST}.")


def _turn(row: TurnRow) -> RecordedTurn:
    context = RequestContext.model_validate_json(row.context)
    return RecordedTurn(
        id=row.id,
        thread_id=row.thread_id,
        kind=row.kind,
        status=TurnStatus(row.status),
        attempt=row.attempt,
        failures=row.failures,
        accepted_at=row.accepted_at,
        ended_at=row.ended_at,
        error=TurnError.model_validate_json(row.error) if row.error else None,
        request=orjson.loads(row.request),
        context=context.model_copy(update={"headers": {}}),
        opening=orjson.loads(row.opening),
        prelude=orjson.loads(row.prelude),
        input_item_id=row.input_item_id,
    )


def _item(item: Item, attempt: int | None) -> RecordedItem:
    public = None if item.public is None else orjson.loads(item.public)
    return RecordedItem(item=orjson.loads(item.payload), public=public, attempt=attempt)


def _call(call: Call) -> RecordedCall:
    result = None if call.result is None else ToolResult.model_validate_json(call.result)
    return RecordedCall(tool=call.tool, result=result)


async def _log(event_log: EventLog, turn_id: str) -> list[RecordedEntry] | None:
    """The event log; None when it is gone, or Redis is away."""
    try:
        entries = await event_log.read_all(turn_id)
    except (RedisError, OSError):
        return None
    return [
        RecordedEntry(
            position=str(entry.position),
            kind=entry.kind,
            events=[orjson.loads(event) for event in sse.events_in(entry.frames)],
        )
        for entry in entries
    ] or None
