"""Webhooks: endpoints that are told how turns end, and what was sent there."""

from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.operating.webhooks import (
    CreateWebhook,
    DeliveriesRetried,
    Delivery,
    DeliveryState,
    RetryDeliveries,
    RotateWebhook,
    Webhook,
)
from turnstream.contracts.owner import Tenant
from turnstream.store_client.http.transport import Params, Transport, segment

_WEBHOOKS = TypeAdapter(list[Webhook])
_DELIVERIES = TypeAdapter(list[Delivery])


class Webhooks(Protocol):
    """Webhooks, for operators. A call without a tenant finds those of any; one that is not there,
    or another tenant's, raises `NotFound`.
    """

    async def create(self, tenant: str, command: CreateWebhook) -> Webhook:
        """Add an endpoint. Again with the same id, URL and secret it is the same one; with others,
        or for another tenant, raises `NotFound`. Raises `Unprocessable` for a URL that may not be
        asked, beyond the bound of a tenant, and where the store has no keys for webhooks.
        """
        ...

    async def newest(self, tenant: str | None = None, limit: int = 100) -> list[Webhook]:
        """Endpoints, disabled ones too, newest first."""
        ...

    async def rotate(self, tenant: str | None, webhook_id: str, command: RotateWebhook) -> Webhook:
        """Sign with another secret. Again with the same it changes nothing."""
        ...

    async def disable(self, tenant: str | None, webhook_id: str) -> Webhook:
        """Send nothing there any more. What was on its way becomes dead letters."""
        ...

    async def enable(self, tenant: str | None, webhook_id: str) -> Webhook:
        """Send there what happens from now on."""
        ...

    async def delete(self, tenant: str | None, webhook_id: str) -> None:
        """Forget an endpoint, and what is on its way there."""
        ...

    async def deliveries(
        self,
        tenant: str | None = None,
        webhook_id: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """What was sent and is to be sent, newest event first."""
        ...

    async def retry(
        self, tenant: str | None, webhook_id: str, event_id: str | None = None
    ) -> DeliveriesRetried:
        """Send dead letters again, under their ids. Raises `Unprocessable` while the endpoint is
        disabled.
        """
        ...


class HttpWebhooks(Webhooks):
    """Webhooks over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def create(self, tenant: str, command: CreateWebhook) -> Webhook:
        answer = await self._send("POST", "/webhooks", command, owner=Tenant(tenant))
        return Webhook.model_validate_json(answer)

    async def newest(self, tenant: str | None = None, limit: int = 100) -> list[Webhook]:
        answer = await self._send("GET", "/webhooks", None, {"limit": limit}, _whose(tenant))
        return _WEBHOOKS.validate_json(answer)

    async def rotate(self, tenant: str | None, webhook_id: str, command: RotateWebhook) -> Webhook:
        path = f"/webhooks/{segment(webhook_id)}/rotate"
        answer = await self._send("POST", path, command, owner=_whose(tenant))
        return Webhook.model_validate_json(answer)

    async def disable(self, tenant: str | None, webhook_id: str) -> Webhook:
        path = f"/webhooks/{segment(webhook_id)}/disable"
        return Webhook.model_validate_json(await self._send("POST", path, owner=_whose(tenant)))

    async def enable(self, tenant: str | None, webhook_id: str) -> Webhook:
        path = f"/webhooks/{segment(webhook_id)}/enable"
        return Webhook.model_validate_json(await self._send("POST", path, owner=_whose(tenant)))

    async def delete(self, tenant: str | None, webhook_id: str) -> None:
        await self._send("DELETE", f"/webhooks/{segment(webhook_id)}", owner=_whose(tenant))

    async def deliveries(
        self,
        tenant: str | None = None,
        webhook_id: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        params: Params = {"limit": limit}
        if webhook_id is not None:
            params["webhook_id"] = webhook_id
        if state is not None:
            params["state"] = state
        answer = await self._send("GET", "/webhooks/deliveries", None, params, _whose(tenant))
        return _DELIVERIES.validate_json(answer)

    async def retry(
        self, tenant: str | None, webhook_id: str, event_id: str | None = None
    ) -> DeliveriesRetried:
        path = f"/webhooks/{segment(webhook_id)}/retry"
        command = RetryDeliveries(event_id=event_id)
        answer = await self._send("POST", path, command, owner=_whose(tenant))
        return DeliveriesRetried.model_validate_json(answer)


def _whose(tenant: str | None) -> Tenant | None:
    return None if tenant is None else Tenant(tenant)
