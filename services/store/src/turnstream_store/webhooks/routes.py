"""Webhooks over HTTP. A call that names no tenant reaches those of all."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from turnstream.contracts.operating.webhooks import (
    CreateWebhook,
    DeliveriesRetried,
    Delivery,
    DeliveryState,
    RetryDeliveries,
    RotateWebhook,
    Webhook,
)

from turnstream_store import dependencies as needs
from turnstream_store.webhooks import rules
from turnstream_store.webhooks.tables import WebhookRow

router = APIRouter(prefix="/webhooks", tags=["operator"])

Limit = Annotated[int, Query(ge=1, le=1000)]


async def _locked(
    webhook_id: str, tenant: needs.AnyTenant, session: needs.ReachedSession
) -> WebhookRow:
    return await rules.locked(session, tenant, webhook_id)


Locked = Annotated[WebhookRow, Depends(_locked)]
"""The webhook that a request names, locked until its transaction ends."""


@router.post("")
async def create(
    command: CreateWebhook,
    tenant: needs.Tenant,
    session: needs.Session,
    services: needs.Services,
    actor: needs.CurrentActor,
) -> Webhook:
    """Tell a URL how the turns of a tenant end, from now on."""
    return await rules.create(session, tenant, command, services.settings, actor)


@router.get("")
async def listing(
    tenant: needs.AnyTenant, session: needs.ReachedSession, limit: Limit = 100
) -> list[Webhook]:
    """Webhooks, newest first, without their secrets."""
    return await rules.list_webhooks(session, tenant, limit)


@router.post("/{webhook_id}/rotate")
async def rotate(
    row: Locked,
    command: RotateWebhook,
    session: needs.ReachedSession,
    services: needs.Services,
    actor: needs.CurrentActor,
) -> Webhook:
    """Sign with another secret; with the one before as well for a day."""
    return await rules.rotate(session, row, command.secret, services.settings, actor)


@router.post("/{webhook_id}/disable")
async def disable(row: Locked, session: needs.ReachedSession, actor: needs.CurrentActor) -> Webhook:
    """Send nothing there any more."""
    return await rules.disable(session, row, actor)


@router.post("/{webhook_id}/enable")
async def enable(row: Locked, session: needs.ReachedSession, actor: needs.CurrentActor) -> Webhook:
    """Send there again."""
    return await rules.enable(session, row, actor)


@router.delete("/{webhook_id}", status_code=204)
async def delete(row: Locked, session: needs.ReachedSession, actor: needs.CurrentActor) -> None:
    """Forget a webhook with all that is on its way there."""
    await rules.delete(session, row, actor)


@router.get("/deliveries")
async def deliveries(
    tenant: needs.AnyTenant,
    session: needs.ReachedSession,
    webhook_id: str | None = None,
    state: DeliveryState | None = None,
    limit: Limit = 100,
) -> list[Delivery]:
    """What was sent and is to be sent, newest event first; dead letters with `state=dead`."""
    return await rules.list_deliveries(session, tenant, webhook_id, state, limit)


@router.post("/{webhook_id}/retry")
async def retry(
    row: Locked,
    command: RetryDeliveries,
    session: needs.ReachedSession,
    actor: needs.CurrentActor,
) -> DeliveriesRetried:
    """Send dead letters again."""
    return await rules.retry(session, row, command.event_id, actor)
