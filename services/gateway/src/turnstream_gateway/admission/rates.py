"""How often somebody may ask: which limits count a request, and what it takes of each."""

import math
from collections.abc import Mapping
from enum import StrEnum

from chatkit.types import (
    AttachmentsCreateReq,
    AttachmentsDeleteReq,
    InputTranscribeReq,
    ItemsFeedbackReq,
    ThreadsSyncCustomActionReq,
    is_streaming_req,
)
from prometheus_client import Counter as Metric
from turnstream.contracts.identity import Principal, TenantSettings
from turnstream.contracts.rates import Rate, a_minute, parse_rate
from turnstream.errors import RateLimited, TurnstreamError
from turnstream.redis.rates import Count, Counter, Limit, key_of

from turnstream_gateway.admission.incoming import ChatKitRequest
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.tenants import TenantChoices

REFUSED = Metric(
    "turnstream_rate_limited_requests_total", "Requests that a rate refused.", ["limit"]
)


class Kind(StrEnum):
    """What a request costs, told by what it makes work. The names are those of the limits."""

    TURN = "turns"
    """It begins a turn."""
    UPLOAD = "uploads"
    """It announces or sends a file."""
    CALL = "calls"
    """An assistant answers it, outside of a turn."""
    READ = "reads"
    """The store answers it."""
    STOP = "stops"
    """It stops a turn. It has the rate of reads for itself, so that a page that reads too much can
    still be stopped."""


TENANT_COSTS: Mapping[Kind, int] = {Kind.TURN: 10, Kind.UPLOAD: 5, Kind.CALL: 3, Kind.READ: 1}
"""Units of a tenant's rate, about as the work behind a request goes. Stops are free: they save it.
"""
_DEPLOYMENTS = TenantSettings()
_OF_SESSIONS = (Kind.TURN, Kind.UPLOAD)
"""What `rate_limits` of a session counts, as hosted ChatKit does."""
_CALLS = (
    ThreadsSyncCustomActionReq,
    InputTranscribeReq,
    ItemsFeedbackReq,
    AttachmentsDeleteReq,
)


def kind_of(request: ChatKitRequest) -> Kind:
    """What a ChatKit request costs."""
    if is_streaming_req(request):
        return Kind.TURN
    if isinstance(request, AttachmentsCreateReq):
        return Kind.UPLOAD
    return Kind.CALL if isinstance(request, _CALLS) else Kind.READ


class RequestRates:
    """Counts a principal's requests against all limits that apply, in one call to Redis."""

    def __init__(self, counter: Counter, tenants: TenantChoices, settings: GatewaySettings) -> None:
        self._counter = counter
        self._tenants = tenants
        self._settings = settings

    async def count(self, principal: Principal, kind: Kind) -> Count:
        """Count a request. A tenant that the store can't tell of has the deployment's rates."""
        try:
            own = await self._tenants.settings_of(principal.tenant)
        except TurnstreamError:
            own = _DEPLOYMENTS
        return await self._counter.count(self._limits(principal, kind, own))

    def _limits(self, principal: Principal, kind: Kind, own: TenantSettings) -> list[Limit]:
        """The limits of a request. A server key that names no user has its tenant's alone."""
        tenant, limits = principal.tenant, []
        if principal.user is not None and (rate := self._of_user(kind, own)):
            limits.append(Limit(kind, key_of(tenant, f"{kind}:{principal.user}"), rate))
        most = principal.limits.requests_per_minute
        if most is not None and kind in _OF_SESSIONS:
            # A verifier of an app's may give limits without a session: they are the user's then.
            whose = principal.session_id or f"of:{principal.user}"
            limits.append(Limit("session", key_of(tenant, f"session:{whose}"), a_minute(most)))
        together = parse_rate(own.rate_tenant or self._settings.rate_tenant)
        if together and (cost := TENANT_COSTS.get(kind)):
            limits.append(Limit("tenant", key_of(tenant, "all"), together, cost))
        return limits

    def _of_user(self, kind: Kind, own: TenantSettings) -> Rate | None:
        settings = self._settings
        match kind:
            case Kind.TURN:
                return parse_rate(own.rate_turns or settings.rate_turns)
            case Kind.UPLOAD:
                return parse_rate(own.rate_uploads or settings.rate_uploads)
            case Kind.CALL:
                return parse_rate(own.rate_calls or settings.rate_calls)
            case Kind.READ | Kind.STOP:
                return parse_rate(own.rate_reads or settings.rate_reads)


def refusal(count: Count) -> RateLimited:
    """The failure of a request that was refused: which limit it was, and when to come back."""
    standing = count.refusing
    name, (amount, period) = standing.limit.name, standing.limit.rate
    REFUSED.labels(name).inc()
    return RateLimited(
        f"{name}: at most {amount} in {period.total_seconds():.0f} s. "
        f"Come back in {math.ceil(standing.wait)} s.",
        retry_after=standing.wait,
        limit=name,
    )
