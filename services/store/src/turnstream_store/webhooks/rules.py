"""Endpoints as an operator makes and changes them, and what was sent there."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.operating.webhooks import (
    CreateWebhook,
    DeliveriesRetried,
    Delivery,
    DeliveryState,
    Webhook,
)
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, Unprocessable
from turnstream.secrets.sealing import Sealer, UnsealError

from turnstream_store.audit import queries as audit
from turnstream_store.audit.queries import AuditEvent
from turnstream_store.settings import StoreSettings
from turnstream_store.webhooks import queries as webhooks
from turnstream_store.webhooks.addresses import Addresses
from turnstream_store.webhooks.sealing import sealer_of
from turnstream_store.webhooks.tables import WebhookDeliveryRow, WebhookRow

OVERLAP = timedelta(days=1)
"""How long the secret before the last rotation signs as well: receivers have so long to change."""


async def create(
    session: AsyncSession,
    tenant: str,
    command: CreateWebhook,
    settings: StoreSettings,
    actor: Actor,
) -> Webhook:
    """Add an endpoint. Again with the same id, URL and secret it is the same one.

    Raises `NotFound` for an id that another endpoint has, and `Unprocessable` for a URL that may
    not be asked, beyond the endpoints of a tenant, and without keys.
    """
    sealer = sealer_of(settings)
    Addresses.of(settings).check_url(command.url)
    await webhooks.lock_tenant(session, tenant)
    row = await webhooks.load(session, tenant, command.id)
    if row is not None:
        if row.url != command.url or _opened(sealer, row, row.secret) != command.secret:
            raise NotFound(f"There is no webhook {command.id}.")
        return _webhook(row)
    if await webhooks.count(session, tenant) >= settings.max_webhooks_per_tenant:
        most = settings.max_webhooks_per_tenant
        raise Unprocessable(f"At most {most} webhooks of a tenant. Delete one first.")
    sealed = sealer.seal(command.secret.encode(), tenant, command.id)
    if not await webhooks.add(session, tenant, command, sealed):
        raise NotFound(f"There is no webhook {command.id}.")
    detail = {"url": command.url, "events": sorted(command.events)}
    await audit.add_within(
        session, _event(Action.WEBHOOK_CREATED, actor, tenant, command.id, detail)
    )
    return _webhook(await _found(session, tenant, command.id))


async def list_webhooks(session: AsyncSession, tenant: str | None, limit: int) -> list[Webhook]:
    """Endpoints of a tenant, or of all, newest first."""
    return [_webhook(row) for row in await webhooks.newest(session, tenant, limit)]


async def rotate(
    session: AsyncSession, row: WebhookRow, secret: str, settings: StoreSettings, actor: Actor
) -> Webhook:
    """Sign with another secret from now on. Again with the same secret it changes nothing."""
    sealer = sealer_of(settings)
    if _opened(sealer, row, row.secret) != secret:
        sealed = sealer.seal(secret.encode(), row.tenant, row.id)
        await webhooks.rotate(session, row, sealed, OVERLAP)
        deed = _event(Action.WEBHOOK_ROTATED, actor, row.tenant, row.id)
        await audit.add_within(session, deed)
    return _webhook(await _found(session, row.tenant, row.id))


async def disable(session: AsyncSession, row: WebhookRow, actor: Actor) -> Webhook:
    """Send nothing there any more. What was on its way becomes dead letters."""
    if row.disabled_at is None:
        await webhooks.disable(session, row, "operator")
        await webhooks.give_up(session, row.tenant, row.id)
        detail = {"why": "operator"}
        deed = _event(Action.WEBHOOK_DISABLED, actor, row.tenant, row.id, detail)
        await audit.add_within(session, deed)
    return _webhook(await _found(session, row.tenant, row.id))


async def enable(session: AsyncSession, row: WebhookRow, actor: Actor) -> Webhook:
    """Send again what happens from now on. Dead letters stay until they are retried."""
    if row.disabled_at is not None:
        await webhooks.enable(session, row)
        deed = _event(Action.WEBHOOK_ENABLED, actor, row.tenant, row.id)
        await audit.add_within(session, deed)
    return _webhook(await _found(session, row.tenant, row.id))


async def delete(session: AsyncSession, row: WebhookRow, actor: Actor) -> None:
    """Forget an endpoint with all that is on its way there."""
    await webhooks.remove(session, row)
    deed = _event(Action.WEBHOOK_DELETED, actor, row.tenant, row.id, {"url": row.url})
    await audit.add_within(session, deed)


async def retry(
    session: AsyncSession, row: WebhookRow, event_id: str | None, actor: Actor
) -> DeliveriesRetried:
    """Send dead letters again, with their ids as they were. Raises `NotFound` for one that is none,
    and `Unprocessable` while the endpoint is disabled.
    """
    if row.disabled_at is not None:
        raise Unprocessable("The webhook is disabled: enable it first.")
    count = await webhooks.send_again(session, row, event_id)
    if event_id is not None and not count:
        raise NotFound(f"There is no dead letter {event_id} of webhook {row.id}.")
    deed = _event(Action.WEBHOOK_RETRIED, actor, row.tenant, row.id, {"count": count})
    await audit.add_within(session, deed)
    return DeliveriesRetried(count=count)


async def list_deliveries(
    session: AsyncSession,
    tenant: str | None,
    webhook_id: str | None,
    state: DeliveryState | None,
    limit: int,
) -> list[Delivery]:
    """Deliveries, newest event first."""
    rows = await webhooks.deliveries(session, tenant, webhook_id, state, limit)
    return [_delivery(row) for row in rows]


async def locked(session: AsyncSession, tenant: str | None, webhook_id: str) -> WebhookRow:
    """An endpoint of a tenant's, or of any, locked. Raises `NotFound`."""
    row = await webhooks.load(session, tenant, webhook_id, lock=True)
    if row is None:
        raise NotFound(f"There is no webhook {webhook_id}.")
    return row


async def _found(session: AsyncSession, tenant: str, webhook_id: str) -> WebhookRow:
    row = await webhooks.load(session, tenant, webhook_id)
    if row is None:
        raise NotFound(f"There is no webhook {webhook_id}.")
    return row


def _opened(sealer: Sealer, row: WebhookRow, sealed: str) -> str | None:
    try:
        return sealer.open(sealed, row.tenant, row.id).decode()
    except UnsealError:
        return None  # of a key that is gone: whatever is compared with it is another one


def _event(
    action: Action,
    actor: Actor,
    tenant: str,
    webhook_id: str,
    detail: Json | None = None,
) -> AuditEvent:
    return AuditEvent(action, actor, tenant, target=webhook_id, detail=detail or {})


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook.model_validate(row.model_dump(include=set(Webhook.model_fields)))


def _delivery(row: WebhookDeliveryRow) -> Delivery:
    return Delivery.model_validate({**row.model_dump(), "user": row.owner})
