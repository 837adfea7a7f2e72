"""Queries on endpoints and their deliveries."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.webhooks import CreateWebhook, DeliveryState

from turnstream_store.webhooks.tables import WebhookDeliveryRow, WebhookRow

_now = sa.func.now()
_UNDER_WAY = (DeliveryState.WAITING, DeliveryState.SENDING)


async def add(session: AsyncSession, tenant: str, command: CreateWebhook, sealed: str) -> bool:
    """Keep an endpoint; False when there is one with this id, no matter who has it."""
    values = {
        WebhookRow.id: command.id,
        WebhookRow.tenant: tenant,
        WebhookRow.url: command.url,
        WebhookRow.events: list(dict.fromkeys(command.events)),
        WebhookRow.description: command.description,
        WebhookRow.secret: sealed,
    }
    query = insert(WebhookRow).values(values).on_conflict_do_nothing()
    return bool((await session.exec(query)).rowcount)


async def lock_tenant(session: AsyncSession, tenant: str) -> None:
    """Let endpoints of a tenant be added one at a time, so that their bound holds."""
    name = sa.func.hashtextextended(f"webhooks/{tenant}", 0)
    await session.exec(select(sa.func.pg_advisory_xact_lock(name)))


async def count(session: AsyncSession, tenant: str) -> int:
    """How many endpoints a tenant has."""
    query = select(sa.func.count()).select_from(WebhookRow).where(WebhookRow.tenant == tenant)
    return (await session.exec(query)).one()


async def load(
    session: AsyncSession, tenant: str | None, webhook_id: str, *, lock: bool = False
) -> WebhookRow | None:
    """An endpoint of a tenant, or of any."""
    query = select(WebhookRow).where(WebhookRow.id == webhook_id, *_of(WebhookRow, tenant))
    if lock:
        query = query.with_for_update(key_share=True)
    return (await session.exec(query)).one_or_none()


async def newest(session: AsyncSession, tenant: str | None, limit: int) -> Sequence[WebhookRow]:
    """Endpoints of a tenant, or of all, newest first."""
    query = select(WebhookRow).where(*_of(WebhookRow, tenant))
    query = query.order_by(col(WebhookRow.created_at).desc(), col(WebhookRow.id).desc())
    return (await session.exec(query.limit(limit))).all()


async def rotate(session: AsyncSession, row: WebhookRow, sealed: str, grace: timedelta) -> None:
    """Give a locked endpoint another secret; the one that it had signs as well for a while."""
    values = {
        WebhookRow.secret: sealed,
        WebhookRow.last_secret: row.secret,
        WebhookRow.last_secret_until: _now + grace,
    }
    await session.exec(update(WebhookRow).where(*_is(row)).values(values))


async def disable(session: AsyncSession, row: WebhookRow, why: str) -> None:
    """Disable a locked endpoint."""
    values = {WebhookRow.disabled_at: _now, WebhookRow.disabled_why: why}
    await session.exec(update(WebhookRow).where(*_is(row)).values(values))


async def enable(session: AsyncSession, row: WebhookRow) -> None:
    """Enable a locked endpoint, as if it had never failed."""
    unset = (WebhookRow.disabled_at, WebhookRow.disabled_why, WebhookRow.failing_since)
    values = dict.fromkeys(unset)
    await session.exec(update(WebhookRow).where(*_is(row)).values(values))


async def remove(session: AsyncSession, row: WebhookRow) -> None:
    """Delete a locked endpoint with its deliveries."""
    theirs = (col(WebhookDeliveryRow.webhook_id) == row.id, *_of(WebhookDeliveryRow, row.tenant))
    await session.exec(delete(WebhookDeliveryRow).where(*theirs))
    await session.exec(delete(WebhookRow).where(*_is(row)))


async def give_up(session: AsyncSession, tenant: str, webhook_id: str) -> None:
    """Make dead letters of what is on its way to an endpoint."""
    query = (
        update(WebhookDeliveryRow)
        .where(
            col(WebhookDeliveryRow.webhook_id) == webhook_id,
            *_of(WebhookDeliveryRow, tenant),
            col(WebhookDeliveryRow.state).in_(_UNDER_WAY),
        )
        .values(
            {
                WebhookDeliveryRow.state: DeliveryState.DEAD,
                WebhookDeliveryRow.ended_at: _now,
                WebhookDeliveryRow.last_error: "the endpoint was disabled",
            }
        )
    )
    await session.exec(query)


async def deliveries(
    session: AsyncSession,
    tenant: str | None,
    webhook_id: str | None,
    state: DeliveryState | None,
    limit: int,
) -> Sequence[WebhookDeliveryRow]:
    """Deliveries to an endpoint, or to all, in a state or in any, newest event first."""
    query = select(WebhookDeliveryRow).where(*_of(WebhookDeliveryRow, tenant))
    if webhook_id is not None:
        query = query.where(WebhookDeliveryRow.webhook_id == webhook_id)
    if state is not None:
        query = query.where(WebhookDeliveryRow.state == state)
    newest_first = (
        col(WebhookDeliveryRow.occurred_at).desc(),
        col(WebhookDeliveryRow.event_id).desc(),
    )
    return (await session.exec(query.order_by(*newest_first).limit(limit))).all()


async def send_again(session: AsyncSession, row: WebhookRow, event_id: str | None) -> int:
    """Give dead letters of an endpoint all their tries again; how many there were."""
    values = {
        WebhookDeliveryRow.state: DeliveryState.WAITING,
        WebhookDeliveryRow.tries: 0,
        WebhookDeliveryRow.due_at: _now,
        WebhookDeliveryRow.ended_at: None,
    }
    query = update(WebhookDeliveryRow).where(
        col(WebhookDeliveryRow.webhook_id) == row.id,
        *_of(WebhookDeliveryRow, row.tenant),
        col(WebhookDeliveryRow.state) == DeliveryState.DEAD,
    )
    if event_id is not None:
        query = query.where(col(WebhookDeliveryRow.event_id) == event_id)
    return (await session.exec(query.values(values))).rowcount


async def purge(session: AsyncSession, retention: timedelta, limit: int) -> int:
    """Delete deliveries that ended longer ago than the retention; how many there were."""
    key = sa.tuple_(col(WebhookDeliveryRow.webhook_id), col(WebhookDeliveryRow.event_id))
    old = (
        select(WebhookDeliveryRow.webhook_id, WebhookDeliveryRow.event_id)
        .where(col(WebhookDeliveryRow.ended_at) < _now - retention)
        .limit(limit)
    )
    return (await session.exec(delete(WebhookDeliveryRow).where(key.in_(old)))).rowcount


def _is(row: WebhookRow) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(WebhookRow.id) == row.id, col(WebhookRow.tenant) == row.tenant)


def _of(
    table: type[WebhookRow | WebhookDeliveryRow], tenant: str | None
) -> tuple[sa.ColumnElement[bool], ...]:
    return () if tenant is None else (col(table.tenant) == tenant,)
