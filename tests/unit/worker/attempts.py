"""Attempts at a turn that nobody accepted: for parts of the worker that only need to know one."""

from datetime import timedelta
from typing import Any

from turnstream.contracts.turns import (
    AcceptTurn,
    ClaimedTurn,
    ClaimTurn,
    ReleaseTurn,
    RequestContext,
)
from turnstream.store_client import StoreClient
from turnstream_worker.attempt import Attempt

from tests.support.turns import ANN


def an_attempt(number: int = 1, **claimed: Any) -> Attempt:
    """An attempt of ann's whose lease never ends, in a thread that is empty unless told."""
    turn: dict[str, Any] = {
        "turn_id": "turn_1",
        "thread_id": "thr_1",
        "attempt": number,
        "final_attempt": False,
        "request": {},
        "context": RequestContext(user_id="ann"),
        "opening": [],
        "prelude": [],
        "thread": {"id": "thr_1", "created_at": "2027-01-01T00:00:00Z"},
        "own_items": [],
        "items": [],
        "has_more_items": False,
    }
    return Attempt(ClaimedTurn.model_validate(turn | claimed), lease_deadline=float("inf"))


async def let_run(store: StoreClient, number: int = 1) -> ClaimedTurn:
    """Have the store accept what `an_attempt(number)` writes, after the attempts before it."""
    if number == 1:
        request = {"type": "threads.create", "params": {"input": {"content": []}}}
        context = RequestContext(user_id="ann")
        await store.turns.accept(AcceptTurn(turn_id="turn_1", request=request, context=context))
    else:
        release = ReleaseTurn(attempt=number - 1, count_as_failed=False)
        await store.turns.release(ANN, "turn_1", release)
    claim = ClaimTurn(turn_id="turn_1", worker="w", lease=timedelta(hours=1))
    claimed = await store.turns.claim(claim)
    assert claimed is not None
    assert claimed.attempt == number
    return claimed
