"""Ends a turn that no worker runs: out of attempts, or cancelled while its worker was dead.

What the user saw is kept: text that was still streaming is stored as it stood in the log, an open
workflow is closed, anything else unfinished is taken back. The same events go to the viewers, so
a client's transcript and the store agree.
"""

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.ids import derived_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.times import utc_now
from turnstream.contracts.turns import (
    CancelReason,
    Json,
    RequestContext,
    TurnEnd,
    TurnError,
    TurnStatus,
)
from turnstream.i18n import N_, negotiate, translator
from turnstream.transcript import Transcript, is_blank, same_content

from turnstream_store.announcements import Announcement, TurnClosed
from turnstream_store.database.owners import owner_of_row
from turnstream_store.threads import documents
from turnstream_store.threads import item_queries as items
from turnstream_store.threads import queries as threads
from turnstream_store.threads.rules import stored_item
from turnstream_store.turns import metrics
from turnstream_store.turns import queries as turns
from turnstream_store.turns.tables import TurnRow
from turnstream_store.turns.waiting.promotion import promote_next
from turnstream_store.webhooks.outbox_sql import note_end

STOPPED = "The user cancelled the stream. Stop responding to the prior request."
"""What the stock server tells the model after a Stop, word for word."""

OUT_OF_ATTEMPTS = N_("The answer could not be completed. Please try again.")


async def close_abandoned(
    session: AsyncSession, owner: Owner, turn_id: str, attempt: int, seen: Transcript
) -> list[Announcement]:
    """End an abandoned turn, under an attempt of its own so that every earlier writer is fenced.

    Does nothing when the turn has moved on meanwhile: the row lock and the attempt decide.
    """
    row = await turns.load(session, owner, turn_id, lock=True)
    if row is None or (row.attempt, row.status) != (attempt, TurnStatus.QUEUED):
        return []
    closing = attempt + 1
    await turns.begin_attempt(session, owner, turn_id, closing)
    events = await _reconcile(session, row, seen, closing)
    end = TurnEnd(status=TurnStatus.CANCELLED)
    if row.cancel is None:
        error = _dead_letter_error(row)
        events.append(error.event or {})
        end = TurnEnd(status=TurnStatus.FAILED, error=error, dead=True)
    if await turns.end(session, owner, turn_id, closing, end):
        await note_end(session, owner, turn_id)
        metrics.ended(owner.tenant, end)
    if row.cancel in (CancelReason.STOP, CancelReason.DISCONNECT):
        await _note_stop(session, row, closing)
    if not end.dead:  # a dead letter may run again, and must not repeat what happened
        await turns.forget_steps(session, owner.tenant, turn_id)
    closed = TurnClosed(turn_id, closing, end.status, orjson.loads(row.opening), events)
    return [closed, *await promote_next(session, owner)]


async def _reconcile(
    session: AsyncSession, row: TurnRow, seen: Transcript, closing: int
) -> list[Json]:
    """Store what the viewers saw; the events that show them what is stored."""
    events: list[Json] = []
    owner = owner_of_row(row)
    shown = await items.events_of_turn(session, owner, row.id, row.thread_id)
    complete = {event["item"]["id"] for event in shown}
    for item in seen.open_items.values():
        if item["id"] in complete:
            continue  # it was stored whole, only its last event was not shown
        kept = _finished(item)
        if kept is None:
            events.append({"type": "thread.item.removed", "item_id": item["id"]})
            await items.remove(session, owner, row.thread_id, [item["id"]])
        else:
            events.append({"type": "thread.item.done", "item": kept})
            made_by = (row.id, closing)
            await items.add(session, owner, row.thread_id, stored_item(kept), made_by)
    events += (event for event in shown if not _seen(event["item"], seen))
    thread = await threads.load(session, owner, row.thread_id)
    before = orjson.loads(row.thread_before or "{}")
    before.pop(turns.CHANGED_BY_OTHERS, None)
    if before and thread and {**before, "metadata": {}} != documents.public_json(thread):
        # Its worker may have died between saving a new title and showing it.
        events.append(documents.updated_event(thread))
    return events


def _seen(item: Json, seen: Transcript) -> bool:
    """Whether the viewers hold the item as it is stored."""
    held = seen.done.get(item["id"])
    return held is not None and same_content(held, item)


def _finished(item: Json) -> Json | None:
    """The item as it is kept when its turn ends early; None for what can't be kept."""
    if item["type"] == "assistant_message" and not is_blank(item):
        return item
    if item["type"] == "workflow":
        workflow = item["workflow"]
        summary = workflow.get("summary") or {"duration": 0}
        return {**item, "workflow": {**workflow, "summary": summary, "expanded": False}}
    return None


async def _note_stop(session: AsyncSession, row: TurnRow, closing: int) -> None:
    marker = {
        "id": derived_id("shcx", row.id, "stopped"),
        "thread_id": row.thread_id,
        "created_at": utc_now(),
        "type": "sdk_hidden_context",
        "content": STOPPED,
    }
    made_by = (row.id, closing)
    await items.add(session, owner_of_row(row), row.thread_id, stored_item(marker), made_by)


def _dead_letter_error(row: TurnRow) -> TurnError:
    locale = RequestContext.model_validate_json(row.context).locale
    message = translator(negotiate(locale))(OUT_OF_ATTEMPTS)
    last = TurnError.model_validate_json(row.error) if row.error else TurnError(code="unknown")
    code, detail = "out_of_attempts", last.detail or f"Its worker died {row.failures} times."
    if row.blocked is not None:
        code, detail = "worker_blocked", row.blocked
    return TurnError(
        code=code,
        message=message,
        detail=detail,
        event={"type": "error", "code": "custom", "message": message, "allow_retry": True},
        cause=last.cause,
    )
