"""What a session may do: how often it asks, which files it sends, how much of the past it sees.

Everybody's requests come through here; those without limits of a session pass at no cost.
"""

import asyncio
import math

import orjson
from chatkit.types import (
    AttachmentsCreateReq,
    is_streaming_req,
)
from prometheus_client import Counter
from turnstream.contracts.identity import Principal
from turnstream.errors import BodyTooLarge, NotFound, RateLimited, UploadsOff
from turnstream.redis.client import UNREACHABLE
from turnstream.redis.rates import PERIOD, Rates
from turnstream.redis.topology import rate_key
from turnstream.store_client import StoreClient
from turnstream.telemetry import get_logger

from turnstream_gateway.admission.incoming import ChatKitRequest

log = get_logger(__name__)

UNCOUNTED = Counter(
    "turnstream_uncounted_requests_total",
    "Requests of sessions that came through uncounted, because Redis did not answer.",
)
_PATIENCE = 1.0
"""Seconds that a request waits to be counted. Then it comes through: a limit that can't be kept for
a moment does less harm than a service that refuses everybody."""


class SessionRules:
    """Keeps the limits that a principal's session has."""

    def __init__(self, rates: Rates, store: StoreClient) -> None:
        self._rates = rates
        self._store = store

    async def admit(self, principal: Principal, request: ChatKitRequest) -> None:
        """Let a ChatKit request in. Raises `RateLimited`, `UploadsOff`, `BodyTooLarge`, `NotFound`.

        What counts is what begins a turn or an upload: nothing else costs a model's answer or a
        disk's space.
        """
        limits = principal.limits
        if isinstance(request, AttachmentsCreateReq):
            largest = upload_limit(principal, request.params.size)
            if request.params.size > largest:
                raise BodyTooLarge(f"An attachment of this session may hold {largest} bytes.")
        if not limits.history and (thread_id := getattr(request.params, "thread_id", None)):
            await self.check_thread(principal, thread_id)
        if is_streaming_req(request) or isinstance(request, AttachmentsCreateReq):
            await self.count(principal)

    async def count(self, principal: Principal) -> None:
        """Count a request against the session's rate. Raises `RateLimited`."""
        allowed = principal.limits.requests_per_minute
        if allowed is None:
            return
        who = principal.session_id or "/".join(principal.owner)
        try:
            async with asyncio.timeout(_PATIENCE):
                counted = await self._rates.count(rate_key(who), allowed)
        except UNREACHABLE as error:  # TimeoutError is an OSError
            UNCOUNTED.inc()
            log.warning("a session's request was not counted", error=str(error))
            return
        if not counted.allowed:
            raise _too_many(allowed, counted.wait)

    async def check_thread(self, principal: Principal, thread_id: str) -> None:
        """Raises `NotFound` unless the session may see the thread: without history, only those that
        it began itself.
        """
        if principal.limits.history:
            return
        thread = orjson.loads(await self._store.tenant_threads.show(principal.tenant, thread_id))
        if principal.session_id is None or thread.get("session_id") != principal.session_id:
            raise NotFound(f"There is no thread {thread_id}.")

    async def check_turn(self, principal: Principal, turn_id: str) -> None:
        """Raises `NotFound` unless the session may see the turn's thread."""
        if not principal.limits.history:
            turn = await self._store.turns.show(principal.owner, turn_id)
            await self.check_thread(principal, turn.thread_id)


def upload_limit(principal: Principal, deployment: int) -> int:
    """Bytes of one upload: as the session says, and no more than the deployment takes.

    Raises `UploadsOff` when the session may send none.
    """
    limits = principal.limits
    if not limits.uploads:
        raise UploadsOff()
    return deployment if limits.max_file_size is None else min(deployment, limits.max_file_size)


def attachments_limit(principal: Principal, deployment: int) -> int:
    """Attachments of one message: as the session says, and no more than the deployment takes."""
    limits = principal.limits
    if not limits.uploads:
        return 0
    return deployment if limits.max_files is None else min(deployment, limits.max_files)


def _too_many(allowed: int, wait: float) -> RateLimited:
    seconds, window = math.ceil(wait), int(PERIOD.total_seconds())
    failure = RateLimited(f"This session may make {allowed} requests a minute.", retry_after=wait)
    failure.headers = {
        "RateLimit-Policy": f'"session";q={allowed};w={window}',
        "RateLimit": f'"session";r=0;t={seconds}',
    }
    return failure
