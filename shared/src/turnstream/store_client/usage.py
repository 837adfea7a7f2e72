"""What models cost: reserved before a call, counted with its record, summed up."""

from typing import Protocol
from urllib.parse import urlencode

from turnstream.contracts.operating.usage import (
    CountOutsideTurn,
    ReserveOutsideTurn,
    ReserveUsage,
    UsagePage,
    UsageQuery,
)
from turnstream.contracts.owner import Owner, Tenant
from turnstream.store_client.http.transport import Transport, segment


class Usage(Protocol):
    """The calls of turns are counted by `attempts.write`."""

    async def reserve(self, owner: Owner, turn_id: str, command: ReserveUsage) -> None:
        """Set aside what a model call may use, until it is counted or its attempt is over.

        Raises `BudgetExhausted` where that is not left, and `Fenced` for a superseded attempt.
        """
        ...

    async def reserve_outside_turn(self, owner: Owner, command: ReserveOutsideTurn) -> None:
        """Set aside what a model call of no turn may use. Raises `BudgetExhausted`."""
        ...

    async def count_outside_turn(self, owner: Owner, command: CountOutsideTurn) -> None:
        """Count model calls of no turn, each once."""
        ...

    async def of_user(self, owner: Owner, wanted: UsageQuery) -> UsagePage:
        """What a user has used."""
        ...

    async def of_tenant(
        self, tenant: str, wanted: UsageQuery, user: str | None = None
    ) -> UsagePage:
        """What all users of a tenant have used, or one of them."""
        ...

    async def of_all(
        self, wanted: UsageQuery, tenant: str | None = None, user: str | None = None
    ) -> UsagePage:
        """What everybody has used, or a tenant, or a user: for operators."""
        ...


class HttpUsage(Usage):
    """Usage over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def reserve(self, owner: Owner, turn_id: str, command: ReserveUsage) -> None:
        await self._send("POST", f"/turns/{segment(turn_id)}/reservations", command, owner=owner)

    async def reserve_outside_turn(self, owner: Owner, command: ReserveOutsideTurn) -> None:
        await self._send("POST", "/reservations", command, owner=owner)

    async def count_outside_turn(self, owner: Owner, command: CountOutsideTurn) -> None:
        await self._send("POST", "/usage", command, owner=owner)

    async def of_user(self, owner: Owner, wanted: UsageQuery) -> UsagePage:
        return await self._page("/usage", wanted, owner)

    async def of_tenant(
        self, tenant: str, wanted: UsageQuery, user: str | None = None
    ) -> UsagePage:
        return await self._page("/tenant/usage", wanted, Tenant(tenant), user=user)

    async def of_all(
        self, wanted: UsageQuery, tenant: str | None = None, user: str | None = None
    ) -> UsagePage:
        return await self._page("/all-usage", wanted, None, tenant=tenant, user=user)

    async def _page(
        self, path: str, wanted: UsageQuery, owner: Owner | Tenant | None, **whose: str | None
    ) -> UsagePage:
        asked = {**wanted.model_dump(mode="json"), **whose}
        query = urlencode({name: value for name, value in asked.items() if value is not None}, True)
        return UsagePage.model_validate_json(
            await self._send("GET", f"{path}?{query}", owner=owner)
        )
