import asyncio
import time
from datetime import timedelta

import pytest
from turnstream_tools.calls.leases import Leases
from turnstream_tools.calls.running import RunningCall, Stop

from tests.support.waiting import wait_until_async
from tests.unit.tools.bench import HeardReplies, MemoryLedger, call

LEASE = timedelta(milliseconds=300)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


def running(key: str, run: int) -> RunningCall:
    held_until = time.monotonic() + LEASE.total_seconds()
    return RunningCall(call("hangs", key=key), run, HeardReplies(), held_until)


async def test_all_calls_are_renewed_in_one_request(ledger: MemoryLedger) -> None:
    """The load on the store does not grow with the calls."""
    calls = {"a": running("a", 1), "b": running("b", 3)}
    keeping = asyncio.create_task(Leases(ledger, calls, "tools-1", LEASE).keep())
    await wait_until_async(lambda: len(ledger.renewed) >= 4)
    keeping.cancel()
    assert ledger.renewed[0].calls == {"a": 1, "b": 3}
    assert not any(each.stopped.done() for each in calls.values())
    assert calls["a"].held_until > time.monotonic()


async def test_a_call_is_stopped_before_its_lease_ends_unrenewed(ledger: MemoryLedger) -> None:
    """From then on another service may decide about it."""
    ledger.away = True
    lost = running("a", 1)
    keeping = asyncio.create_task(Leases(ledger, {"a": lost}, "tools-1", LEASE).keep())
    reason = await asyncio.wait_for(asyncio.shield(lost.stopped), 1)
    keeping.cancel()
    assert reason is Stop.LOST
    assert time.monotonic() < lost.held_until


async def test_one_failed_renewal_does_no_harm(ledger: MemoryLedger) -> None:
    """The lease lasts for several tries."""
    ledger.away = True
    kept = running("a", 1)
    keeping = asyncio.create_task(Leases(ledger, {"a": kept}, "tools-1", LEASE).keep())
    await asyncio.sleep(LEASE.total_seconds() / 3 + 0.03)
    ledger.away = False
    await wait_until_async(lambda: len(ledger.renewed) >= 3)
    keeping.cancel()
    assert not kept.stopped.done()


async def test_a_call_that_the_ledger_no_longer_has_is_stopped(ledger: MemoryLedger) -> None:
    """Its turn has ended, or its user was erased, and the cancellation was lost: the tool must not
    write any more. The others run on.
    """
    ledger.gone.add("a")
    calls = {"a": running("a", 1), "b": running("b", 1)}
    keeping = asyncio.create_task(Leases(ledger, calls, "tools-1", LEASE).keep())
    reason = await asyncio.wait_for(asyncio.shield(calls["a"].stopped), 1)
    await wait_until_async(lambda: len(ledger.renewed) >= 2)
    keeping.cancel()
    assert reason is Stop.LOST
    assert not calls["b"].stopped.done()
