"""Webhooks in memory. Nothing is sent: a delivery waits, for a test to look at, until its endpoint
is disabled.
"""

import sys
from dataclasses import dataclass, replace
from datetime import datetime

from turnstream.contracts.operating.privacy import Action
from turnstream.contracts.operating.webhooks import (
    CreateWebhook,
    DeliveriesRetried,
    Delivery,
    DeliveryState,
    RotateWebhook,
    Webhook,
    WebhookEvent,
)
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client.webhooks import Webhooks
from turnstream.testing.memory.records import Turn
from turnstream.testing.memory.state import State


@dataclass(frozen=True)
class Endpoint:
    """A webhook, its secret, and when it was told of ends."""

    webhook: Webhook
    secret: str
    since: datetime
    """It is told of what ends from now on, while it is enabled."""
    earlier: tuple[tuple[datetime, datetime], ...] = ()
    """From when to when it was enabled before."""
    dead: frozenset[str] = frozenset()
    """Events that were on their way when it was disabled."""

    def is_told_of(self, moment: datetime) -> bool:
        """Whether it was enabled at a moment."""
        times = (*self.earlier, *([] if self.webhook.disabled_at else [(self.since, None)]))
        return any(since <= moment and (end is None or moment < end) for since, end in times)


class MemoryWebhooks(Webhooks):
    """Endpoints by id. What they would be told is read from the turns that have ended."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._endpoints: dict[str, Endpoint] = {}

    async def create(self, tenant: str, command: CreateWebhook) -> Webhook:
        known = self._endpoints.get(command.id)
        if known is not None:
            asked = (tenant, command.url, command.secret)
            if asked != (known.webhook.tenant, known.webhook.url, known.secret):
                raise NotFound(f"There is no webhook {command.id}.")
            return known.webhook
        limits = self._state.limits
        if command.url.startswith("http://") and not limits.webhook_allow_http:
            raise Unprocessable("A webhook must begin with https://.")
        most, theirs = limits.max_webhooks_per_tenant, await self.newest(tenant, sys.maxsize)
        if len(theirs) >= most:
            raise Unprocessable(f"At most {most} webhooks of a tenant. Delete one first.")
        now = self._state.now()
        webhook = Webhook(**command.model_dump(exclude={"secret"}), tenant=tenant, created_at=now)
        self._endpoints[command.id] = Endpoint(webhook, command.secret, now)
        detail = {"url": command.url, "events": sorted(command.events)}
        self._audit(Action.WEBHOOK_CREATED, webhook, detail)
        return webhook

    async def newest(self, tenant: str | None = None, limit: int = 100) -> list[Webhook]:
        theirs = [each.webhook for each in reversed(self._endpoints.values())]
        return [each for each in theirs if tenant in (None, each.tenant)][:limit]

    async def rotate(self, tenant: str | None, webhook_id: str, command: RotateWebhook) -> Webhook:
        found = self._found(tenant, webhook_id)
        if found.secret != command.secret:
            self._endpoints[webhook_id] = replace(found, secret=command.secret)
            self._audit(Action.WEBHOOK_ROTATED, found.webhook)
        return found.webhook

    async def disable(self, tenant: str | None, webhook_id: str) -> Webhook:
        found = self._found(tenant, webhook_id)
        if found.webhook.disabled_at is not None:
            return found.webhook
        self._audit(Action.WEBHOOK_DISABLED, found.webhook, {"why": "operator"})
        now = self._state.now()
        given_up = {each.event_id for each in self._of(found)}
        found = replace(
            found, earlier=(*found.earlier, (found.since, now)), dead=found.dead | given_up
        )
        return self._changed(found, disabled_at=now, disabled_why="operator")

    async def enable(self, tenant: str | None, webhook_id: str) -> Webhook:
        found = self._found(tenant, webhook_id)
        if found.webhook.disabled_at is None:
            return found.webhook
        self._audit(Action.WEBHOOK_ENABLED, found.webhook)
        found = replace(found, since=self._state.now())
        return self._changed(found, disabled_at=None, disabled_why=None)

    async def delete(self, tenant: str | None, webhook_id: str) -> None:
        webhook = self._found(tenant, webhook_id).webhook
        del self._endpoints[webhook.id]
        self._audit(Action.WEBHOOK_DELETED, webhook, {"url": webhook.url})

    async def deliveries(
        self,
        tenant: str | None = None,
        webhook_id: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        found = [
            each
            for endpoint in self._endpoints.values()
            if tenant in (None, endpoint.webhook.tenant)
            and webhook_id in (None, endpoint.webhook.id)
            for each in self._of(endpoint)
            if state in (None, each.state)
        ]
        return sorted(found, key=lambda each: each.occurred_at, reverse=True)[:limit]

    async def retry(
        self, tenant: str | None, webhook_id: str, event_id: str | None = None
    ) -> DeliveriesRetried:
        found = self._found(tenant, webhook_id)
        if found.webhook.disabled_at is not None:
            raise Unprocessable("The webhook is disabled: enable it first.")
        if event_id is not None and event_id not in found.dead:
            raise NotFound(f"There is no dead letter {event_id} of webhook {webhook_id}.")
        again = found.dead if event_id is None else {event_id}
        self._endpoints[webhook_id] = replace(found, dead=found.dead - again)
        self._audit(Action.WEBHOOK_RETRIED, found.webhook, {"count": len(again)})
        return DeliveriesRetried(count=len(again))

    def _found(self, tenant: str | None, webhook_id: str) -> Endpoint:
        found = self._endpoints.get(webhook_id)
        if found is None or tenant not in (None, found.webhook.tenant):
            raise NotFound(f"There is no webhook {webhook_id}.")
        return found

    def _audit(self, action: Action, webhook: Webhook, detail: Json | None = None) -> None:
        self._state.audit.tell(action, None, webhook.tenant, webhook.id, detail)

    def _changed(self, endpoint: Endpoint, **fields: object) -> Webhook:
        webhook = endpoint.webhook.model_copy(update=fields)
        self._endpoints[webhook.id] = replace(endpoint, webhook=webhook)
        return webhook

    def _of(self, endpoint: Endpoint) -> list[Delivery]:
        """What an endpoint is told: how turns of its tenant ended while it was enabled."""
        webhook, deliveries = endpoint.webhook, []
        for turn in self._state.turns.values():
            if turn.owner.tenant != webhook.tenant or turn.ended_at is None:
                continue
            event = WebhookEvent(f"turn.{turn.status}")
            if self._state.required_actions(turn):
                event = WebhookEvent.ACTION_REQUIRED
            if event in webhook.events and endpoint.is_told_of(turn.ended_at):
                deliveries.append(_delivery(endpoint, turn, event, turn.ended_at))
        return deliveries


def _delivery(endpoint: Endpoint, turn: Turn, event: WebhookEvent, at: datetime) -> Delivery:
    event_id = f"evt_{turn.id.removeprefix('turn_')}_{turn.attempt}"
    return Delivery(
        webhook_id=endpoint.webhook.id,
        event_id=event_id,
        tenant=turn.owner.tenant,
        user=turn.owner.user,
        event=event,
        turn_id=turn.id,
        thread_id=turn.thread_id,
        state=DeliveryState.DEAD if event_id in endpoint.dead else DeliveryState.WAITING,
        tries=0,
        occurred_at=at,
        due_at=at,
    )
