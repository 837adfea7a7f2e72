"""How often somebody may ask: which limits count a request, and what it takes of each."""

import math
from collections.abc import Mapping

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
from turnstream.contracts.rates import Rate, RequestKind, a_minute, parse_rate
from turnstream.errors import RateLimited, TurnstreamError
from turnstream.redis.rates import Counter, Limit, RateDecision, key_of, session_key, user_key

from turnstream_gateway.admission.incoming import ChatKitRequest
from turnstream_gateway.admission.optimistic_counter import OptimisticCounter, PendingCount
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.tenants import TenantChoices

REFUSED = Metric(
    "turnstream_rate_limited_requests_total", "Requests that a rate refused.", ["limit"]
)


TENANT_COSTS: Mapping[RequestKind, int] = {
    RequestKind.TURN: 10,
    RequestKind.UPLOAD: 5,
    RequestKind.CALL: 3,
    RequestKind.READ: 1,
}
"""Units of a tenant's rate, about as the work behind a request goes. Stops are free: they save it.
"""
_DEPLOYMENTS = TenantSettings()
_OF_SESSIONS = (RequestKind.TURN, RequestKind.UPLOAD)
"""What `rate_limits` of a session counts, as hosted ChatKit does."""
_CALLS = (
    ThreadsSyncCustomActionReq,
    InputTranscribeReq,
    ItemsFeedbackReq,
    AttachmentsDeleteReq,
)


def kind_of(request: ChatKitRequest) -> RequestKind:
    """What a ChatKit request costs."""
    if is_streaming_req(request):
        return RequestKind.TURN
    if isinstance(request, AttachmentsCreateReq):
        return RequestKind.UPLOAD
    return RequestKind.CALL if isinstance(request, _CALLS) else RequestKind.READ


class RequestRates:
    """Counts a principal's requests against all limits that apply, in one call to Redis."""

    def __init__(self, counter: Counter, tenants: TenantChoices, settings: GatewaySettings) -> None:
        self._counter = OptimisticCounter(counter)
        self._tenants = tenants
        self._settings = settings

    async def begin(self, principal: Principal, kind: RequestKind) -> PendingCount:
        """Begin to count a request.

        A tenant that the store can't tell of has the deployment's rates.
        """
        try:
            own = await self._tenants.settings_of(principal.tenant)
        except TurnstreamError:
            own = _DEPLOYMENTS
        return self._counter.begin(self._limits(principal, kind, own))

    def _limits(self, principal: Principal, kind: RequestKind, own: TenantSettings) -> list[Limit]:
        """The limits of a request. A server key that names no user has its tenant's alone."""
        tenant, limits = principal.tenant, []
        if principal.user is not None and (rate := self._of_user(kind, own)):
            limits.append(Limit(kind, user_key(principal.owner, kind), rate))
        most = principal.limits.requests_per_minute
        if most is not None and kind in _OF_SESSIONS:
            limits.append(Limit("session", session_key(principal), a_minute(most)))
        together = parse_rate(own.rate_tenant or self._settings.rate_tenant)
        if together and (cost := TENANT_COSTS.get(kind)):
            limits.append(Limit("tenant", key_of(tenant, "all"), together, cost))
        return limits

    def _of_user(self, kind: RequestKind, own: TenantSettings) -> Rate | None:
        settings = self._settings
        match kind:
            case RequestKind.TURN:
                return parse_rate(own.rate_turns or settings.rate_turns)
            case RequestKind.UPLOAD:
                return parse_rate(own.rate_uploads or settings.rate_uploads)
            case RequestKind.CALL:
                return parse_rate(own.rate_calls or settings.rate_calls)
            case RequestKind.READ | RequestKind.STOP:
                return parse_rate(own.rate_reads or settings.rate_reads)


def refusal(count: RateDecision) -> RateLimited:
    """The failure of a request that was refused: which limit it was, and when to come back."""
    state = count.refusing
    name, (amount, period) = state.limit.name, state.limit.rate
    REFUSED.labels(name).inc()
    return RateLimited(
        f"{name}: at most {amount} in {period.total_seconds():.0f} s. "
        f"Come back in {math.ceil(state.wait)} s.",
        retry_after=state.wait,
        limit=name,
    )
