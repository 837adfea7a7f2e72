"""Limits of a session, where the parts behind them are away or say no."""

from typing import Any

import orjson
import pytest
from chatkit.types import ThreadsListReq
from turnstream.contracts.identity import MEGABYTE, Principal, SessionLimits
from turnstream.errors import UploadsOff
from turnstream.testing import MemoryStore
from turnstream_gateway.admission.bounds import RequestBounds
from turnstream_gateway.admission.incoming import parse
from turnstream_gateway.admission.limits import SessionRules, attachments_limit, upload_limit
from turnstream_gateway.settings import GatewaySettings


def principal(**limits: Any) -> Principal:
    """A session's principal."""
    return Principal(user="ann", session_id="cksess_1", limits=SessionLimits(**limits))


async def test_whoever_has_no_limits_asks_nobody() -> None:
    """Not even the store, which does not know this turn."""
    request = parse(
        orjson.dumps({"type": "threads.list", "params": {}}), RequestBounds.of(GatewaySettings())
    )
    assert isinstance(request, ThreadsListReq)
    rules = SessionRules(MemoryStore())
    await rules.admit(Principal(user="ann"), request)
    await rules.check_turn(Principal(user="ann"), "turn_of_nobody")


def test_the_deployments_own_limits_hold_too() -> None:
    """A session may have less, never more."""
    open_to_files = principal(max_file_size=512 * MEGABYTE, max_files=100)
    assert upload_limit(open_to_files, 20 * MEGABYTE) == 20 * MEGABYTE
    assert attachments_limit(open_to_files, 10) == 10
    assert attachments_limit(principal(max_files=3), 10) == 3
    assert attachments_limit(principal(uploads=False), 10) == 0
    with pytest.raises(UploadsOff):
        upload_limit(principal(uploads=False), 1)
