"""Failed turns for an operator to look at, and dead letters among them to run again.

A dead letter is a turn that failed past its attempts: trying again might have helped.
"""

from datetime import datetime

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.turns import DeadLetter, FailedTurn, FailedTurns, TurnError, TurnStatus
from turnstream.errors import NotFound, Unprocessable, UserBeingErased

from turnstream_store.announcements import Announcement, LogDropped
from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.database.owners import owner_of_row
from turnstream_store.erasure import queries as erasures
from turnstream_store.turns import all_tenants_queries as cross_tenant
from turnstream_store.turns import queries as turns
from turnstream_store.turns.tables import TurnRow
from turnstream_store.turns.waiting.promotion import promote_next


async def list_dead_letters(session: AsyncSession, limit: int) -> list[DeadLetter]:
    """Dead letters, newest first, without their requests."""
    return [_letter(row) for row in await cross_tenant.dead_letters(session, limit)]


async def show_dead_letter(session: AsyncSession, turn_id: str) -> DeadLetter:
    """A dead letter with its request. Raises `NotFound`."""
    row = await cross_tenant.find(session, turn_id)
    if row is None or not row.dead:
        raise NotFound(f"There is no dead letter {turn_id}.")
    return _letter(row).model_copy(update={"request": orjson.loads(row.request)})


async def list_failed(
    session: AsyncSession, since: datetime | None, code: str | None, limit: int
) -> FailedTurns:
    """The turns that failed since then, and how many with each code."""
    rows = await cross_tenant.failed(session, since, code, limit)
    counts = await cross_tenant.count_failed(session, since, code)
    return FailedTurns(
        data=[FailedTurn.model_validate(_fields(row)) for row in rows], counts=counts
    )


async def show_failed(session: AsyncSession, turn_id: str) -> FailedTurn:
    """A failed turn with all that is known of the failure. Raises `NotFound`."""
    row = await cross_tenant.find(session, turn_id)
    if row is None or row.status != TurnStatus.FAILED:
        raise NotFound(f"There is no failed turn {turn_id}.")
    return FailedTurn.model_validate(_fields(row))


async def requeue_dead_letter(
    session: AsyncSession, turn_id: str, actor: Actor
) -> list[Announcement]:
    """Let a dead letter run again, with its attempts given back and its journal as it was: what
    happened before it failed is not repeated.

    Its log starts afresh under the next attempt. Raises `NotFound`, `UserBeingErased`, and
    `Unprocessable` when the thread has moved on: the answer would land after a later conversation.
    """
    row = await cross_tenant.find(session, turn_id, lock=True)
    if row is None or not row.dead:
        raise NotFound(f"There is no dead letter {turn_id}.")
    owner = owner_of_row(row)
    if await turns.active_in_thread(session, owner, row.thread_id):
        raise Unprocessable("The thread has an active turn: requeue when it has ended.")
    await erasures.lock_owner(session, owner, shared=True)
    if await erasures.is_blocked(session, owner):
        raise UserBeingErased()
    await turns.requeue(session, owner, turn_id)
    deed = AuditEvent(Action.TURN_REQUEUED, actor, owner.tenant, owner.user, turn_id)
    await audit.add_within(session, deed)
    return [LogDropped(turn_id), *await promote_next(session, owner)]


def _letter(row: TurnRow) -> DeadLetter:
    return DeadLetter.model_validate(_fields(row))


def _fields(row: TurnRow) -> dict[str, object]:
    unknown = TurnError(code="unknown")
    return {
        "turn_id": row.id,
        "thread_id": row.thread_id,
        "tenant": row.tenant,
        "owner": row.owner,
        "kind": row.kind,
        "attempt": row.attempt,
        "error": TurnError.model_validate_json(row.error) if row.error else unknown,
        "accepted_at": row.accepted_at,
        "ended_at": row.ended_at,
        "dead": row.dead,
    }
