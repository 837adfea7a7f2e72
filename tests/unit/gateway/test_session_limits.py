"""Limits of a session, where the parts behind them are away or say no."""

from typing import Any

import orjson
import pytest
from chatkit.types import ThreadsListReq
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from turnstream.contracts.identity import MEGABYTE, Principal, SessionLimits
from turnstream.errors import UploadsOff
from turnstream.redis.client import command_client
from turnstream.redis.rates import Rates
from turnstream.store_client import StoreClient
from turnstream.testing import MemoryStore
from turnstream_gateway.admission.bounds import Bounds
from turnstream_gateway.admission.incoming import parse
from turnstream_gateway.admission.limits import SessionRules, attachments_limit, upload_limit
from turnstream_gateway.settings import GatewaySettings


def principal(**limits: Any) -> Principal:
    """A session's principal."""
    return Principal(user="ann", session_id="cksess_1", limits=SessionLimits(**limits))


def rules(store: StoreClient | None = None, redis: Redis | None = None) -> SessionRules:
    """The rules on a Redis that nobody serves."""
    nobody = redis or command_client("redis://127.0.0.1:1/0")
    return SessionRules(Rates(nobody), store or MemoryStore())


def uncounted() -> float:
    return REGISTRY.get_sample_value("turnstream_uncounted_requests_total") or 0.0


async def test_requests_come_through_uncounted_while_redis_is_away() -> None:
    """A limit that can't be kept for a moment does less harm than a refusal; it is measured."""
    before = uncounted()
    await rules().count(principal(requests_per_minute=1))
    assert uncounted() == before + 1


async def test_whoever_has_no_limits_asks_nobody() -> None:
    """Neither Redis nor the store."""
    before = uncounted()
    request = parse(
        orjson.dumps({"type": "threads.list", "params": {}}), Bounds.of(GatewaySettings())
    )
    assert isinstance(request, ThreadsListReq)
    await rules().admit(Principal(user="ann"), request)
    await rules().check_turn(Principal(user="ann"), "turn_of_nobody")
    assert uncounted() == before


def test_the_deployments_own_limits_hold_too() -> None:
    """A session may have less, never more."""
    open_to_files = principal(max_file_size=512 * MEGABYTE, max_files=100)
    assert upload_limit(open_to_files, 20 * MEGABYTE) == 20 * MEGABYTE
    assert attachments_limit(open_to_files, 10) == 10
    assert attachments_limit(principal(max_files=3), 10) == 3
    assert attachments_limit(principal(uploads=False), 10) == 0
    with pytest.raises(UploadsOff):
        upload_limit(principal(uploads=False), 1)
