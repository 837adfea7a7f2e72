"""What models cost: a user's own calls, or for a server those of all users of its tenant."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from turnstream.contracts.identity import Scope
from turnstream.contracts.operating.usage import UsageGrouping, UsagePage, UsageQuery
from turnstream.contracts.rates import RequestKind
from turnstream.errors import BadRequest

from turnstream_gateway.routes.dependencies import (
    CurrentPrincipal,
    Services,
    allowed,
    counted,
    user_of,
)

router = APIRouter(prefix="/usage", tags=["usage"], dependencies=[counted(RequestKind.READ)])

USUAL = timedelta(days=30)
"""How far back is looked where nobody says."""
LONGEST = timedelta(days=400)
"""How much is added up at a time: a year and its bill."""

Moment = Annotated[datetime | None, Query(description="ISO 8601; UTC where it names no zone.")]
Whose = Annotated[
    str | None,
    Query(min_length=1, max_length=512, description="For a server: without it, all its users."),
]


async def _wanted(
    since: Moment = None,
    until: Moment = None,
    by: Annotated[
        list[UsageGrouping] | None,
        Query(description="What sums are told apart by; several are allowed.", max_length=5),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[int, Query(ge=0, le=1_000_000, description="`after` of the page before.")] = 0,
) -> UsageQuery:
    end = _utc(until) if until else datetime.now(UTC) + timedelta(minutes=1)
    begin = _utc(since) if since else end - USUAL
    if not timedelta(0) < end - begin <= LONGEST:
        raise BadRequest(f"`until` must be after `since`, by {LONGEST.days} days at most.")
    groups = tuple(by or [UsageGrouping.DAY])
    return UsageQuery(since=begin, until=end, by=groups, limit=limit, after=after)


Wanted = Annotated[UsageQuery, Depends(_wanted)]


@router.get("")
async def usage(
    principal: CurrentPrincipal, services: Services, wanted: Wanted, user: Whose = None
) -> UsagePage:
    """Tokens and costs by day or by what is asked for; a user's own, or those of a tenant.

    A server needs a key with the scope `usage:read`.
    """
    store = services.store.usage
    if principal.user is None or Scope.USAGE_READ in principal.scopes:
        allowed(principal, Scope.USAGE_READ)
        return await store.of_tenant(principal.tenant, wanted, user)
    return await store.of_user(user_of(principal), wanted)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
