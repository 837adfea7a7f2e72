"""Attempts at a turn that nobody accepted: for parts of the worker that only need to know one."""

from typing import Any

from turnstream.contracts.turns import ClaimedTurn, RequestContext
from turnstream_worker.attempt import Attempt


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
