"""Webhooks in memory. Nothing is sent: deliveries wait for ever, for a test to look at."""

from dataclasses import dataclass, replace
from datetime import datetime

from turnstream.contracts.operating.webhooks import (
    CreateWebhook,
    DeliveriesRetried,
    Delivery,
    DeliveryState,
    RotateWebhook,
    Webhook,
    WebhookEvent,
)
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client.webhooks import Webhooks
from turnstream.testing.memory.records import Turn
from turnstream.testing.memory.state import State

_MOST = 10
"""Webhooks of a tenant, as the store has it by default."""


@dataclass(frozen=True)
class Endpoint:
    """A webhook, its secret, and since when it is told."""

    webhook: Webhook
    secret: str
    since: datetime


class MemoryWebhooks(Webhooks):
    """Endpoints by id. What they would be told is read from the turns that have ended."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._endpoints: dict[str, Endpoint] = {}

    async def create(self, tenant: str, command: CreateWebhook) -> Webhook:
        known = self._endpoints.get(command.id)
        if known is not None:
            said = (tenant, command.url, command.secret)
            if said != (known.webhook.tenant, known.webhook.url, known.secret):
                raise NotFound(f"There is no webhook {command.id}.")
            return known.webhook
        if command.url.startswith("http://"):
            raise Unprocessable("A webhook must begin with https://.")
        if sum(each.webhook.tenant == tenant for each in self._endpoints.values()) >= _MOST:
            raise Unprocessable(f"At most {_MOST} webhooks of a tenant. Delete one first.")
        now = self._state.now()
        webhook = Webhook(**command.model_dump(exclude={"secret"}), tenant=tenant, created_at=now)
        self._endpoints[command.id] = Endpoint(webhook, command.secret, now)
        return webhook

    async def newest(self, tenant: str | None = None, limit: int = 100) -> list[Webhook]:
        theirs = [each.webhook for each in reversed(self._endpoints.values())]
        return [each for each in theirs if tenant in (None, each.tenant)][:limit]

    async def rotate(self, tenant: str | None, webhook_id: str, command: RotateWebhook) -> Webhook:
        found = self._found(tenant, webhook_id)
        self._endpoints[webhook_id] = replace(found, secret=command.secret)
        return found.webhook

    async def disable(self, tenant: str | None, webhook_id: str) -> Webhook:
        found = self._found(tenant, webhook_id)
        if found.webhook.disabled_at is not None:
            return found.webhook
        return self._changed(found, disabled_at=self._state.now(), disabled_why="operator")

    async def enable(self, tenant: str | None, webhook_id: str) -> Webhook:
        found = self._found(tenant, webhook_id)
        return self._changed(found, disabled_at=None, disabled_why=None)

    async def delete(self, tenant: str | None, webhook_id: str) -> None:
        del self._endpoints[self._found(tenant, webhook_id).webhook.id]

    async def deliveries(
        self,
        tenant: str | None = None,
        webhook_id: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        found = [
            _delivery(endpoint.webhook, turn, event)
            for endpoint in self._endpoints.values()
            for turn in self._state.turns.values()
            if tenant in (None, endpoint.webhook.tenant)
            and webhook_id in (None, endpoint.webhook.id)
            for event in self._events(endpoint, turn)
        ]
        found.sort(key=lambda each: each.occurred_at, reverse=True)
        return [each for each in found if state in (None, each.state)][:limit]

    async def retry(
        self, tenant: str | None, webhook_id: str, event_id: str | None = None
    ) -> DeliveriesRetried:
        webhook = self._found(tenant, webhook_id).webhook
        if webhook.disabled_at is not None:
            raise Unprocessable("The webhook is disabled: enable it first.")
        if event_id is not None:
            raise NotFound(f"There is no dead letter {event_id} of webhook {webhook_id}.")
        return DeliveriesRetried(count=0)

    def _found(self, tenant: str | None, webhook_id: str) -> Endpoint:
        found = self._endpoints.get(webhook_id)
        if found is None or tenant not in (None, found.webhook.tenant):
            raise NotFound(f"There is no webhook {webhook_id}.")
        return found

    def _changed(self, endpoint: Endpoint, **fields: object) -> Webhook:
        webhook = endpoint.webhook.model_copy(update=fields)
        self._endpoints[webhook.id] = replace(endpoint, webhook=webhook)
        return webhook

    def _events(self, endpoint: Endpoint, turn: Turn) -> list[WebhookEvent]:
        """How a turn ended, if the endpoint is told of it."""
        of_tenant = turn.owner.tenant == endpoint.webhook.tenant
        if not of_tenant or turn.ended_at is None or turn.ended_at < endpoint.since:
            return []
        event = WebhookEvent(f"turn.{turn.status}")
        if self._state.required_actions(turn):
            event = WebhookEvent.ACTION_REQUIRED
        return [event] if event in endpoint.webhook.events else []


def _delivery(webhook: Webhook, turn: Turn, event: WebhookEvent) -> Delivery:
    ended_at = turn.ended_at or turn.accepted_at
    return Delivery(
        webhook_id=webhook.id,
        event_id=f"evt_{turn.id.removeprefix('turn_')}_{turn.attempt}",
        tenant=turn.owner.tenant,
        user=turn.owner.user,
        event=event,
        turn_id=turn.id,
        thread_id=turn.thread_id,
        state=DeliveryState.WAITING,
        tries=0,
        occurred_at=ended_at,
        due_at=ended_at,
    )
