"""Usage over HTTP: workers reserve, gateways ask for a user or a tenant."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from turnstream.contracts.operating.usage import (
    CountOutsideTurn,
    ReserveOutsideTurn,
    ReserveUsage,
    UsageGrouping,
    UsagePage,
    UsageQuery,
)

from turnstream_store.dependencies import Owner, Services, Session, Tenant
from turnstream_store.usage import rules
from turnstream_store.usage.counting_sql import count_outside

router = APIRouter(tags=["usage"])


async def _wanted(
    since: datetime,
    until: datetime,
    by: Annotated[list[UsageGrouping] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> UsageQuery:
    return UsageQuery(
        since=since, until=until, by=tuple(by or [UsageGrouping.DAY]), limit=limit, after=after
    )


Wanted = Annotated[UsageQuery, Depends(_wanted)]


@router.post("/turns/{turn_id}/reservations", status_code=204)
async def reserve(
    turn_id: str, owner: Owner, command: ReserveUsage, session: Session, services: Services
) -> None:
    """Set aside what a model call may use."""
    settings = await services.limits.of(owner.tenant)
    await rules.reserve(session, owner, turn_id, command, settings)


@router.post("/reservations", status_code=204)
async def reserve_outside_turn(
    owner: Owner, command: ReserveOutsideTurn, session: Session, services: Services
) -> None:
    """Set aside what a model call outside any turn may use."""
    settings = await services.limits.of(owner.tenant)
    await rules.reserve_outside_turn(session, owner, command, settings)


@router.post("/usage", status_code=204)
async def count_outside_turn(owner: Owner, command: CountOutsideTurn, session: Session) -> None:
    """Count model calls outside any turn."""
    await count_outside(session, owner, command)


@router.get("/usage")
async def of_user(owner: Owner, session: Session, wanted: Wanted) -> UsagePage:
    """What a user has used."""
    return await rules.page(session, wanted, *owner)


@router.get("/tenant/usage")
async def of_tenant(
    tenant: Tenant, session: Session, wanted: Wanted, user: str | None = None
) -> UsagePage:
    """What all users of a tenant have used, or one of them."""
    return await rules.page(session, wanted, tenant, user)
