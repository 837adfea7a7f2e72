"""`turnstream failures`: what an operator reads of the turns that failed."""

import argparse
import json
from typing import Any

import pytest
from turnstream.cli.operating.failures import failure_lines
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import FailureCause, TurnEnd, TurnError, TurnStatus
from turnstream.testing import MemoryStore

from tests.support.turns import running

REFUSED = TurnError(
    code="model_key_refused",
    detail="AuthenticationError: 401",
    cause=FailureCause(
        status=401, provider_code="invalid_api_key", provider_message="Wrong\x1b[31m key\nhere"
    ),
)
RAISED = TurnError(
    code="assistant_raised",
    detail="ZeroDivisionError: division by zero",
    cause=FailureCause(where="shop:respond (shop.py:7)"),
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


async def fail(store: MemoryStore, error: TurnError, *, dead: bool = False) -> str:
    """A turn that failed so."""
    claimed = await running(store)
    end = TurnEnd(status=TurnStatus.FAILED, error=error, dead=dead)
    await store.attempts.write(
        claimed.context.owner, claimed.turn_id, WriteAttempt(attempt=1, end=end)
    )
    return claimed.turn_id


async def lines(store: MemoryStore, **options: Any) -> list[str]:
    """What the command prints."""
    given = {"turn_id": None, "code": None, "since": None, "limit": 50, "json": False}
    return await failure_lines(store, argparse.Namespace(**given | options))


async def test_failures_are_counted_and_then_listed_with_why(store: MemoryStore) -> None:
    """A line each, without what a terminal would obey; a dead letter is marked."""
    first = await fail(store, REFUSED)
    second = await fail(store, RAISED, dead=True)

    told = await lines(store)

    assert told[:3] == ["     1  model_key_refused", "     1  assistant_raised", ""]
    newest, oldest = told[3:]
    assert newest.startswith(f"{second}*  ")
    assert newest.endswith(
        "assistant_raised  ZeroDivisionError: division by zero shop:respond (shop.py:7)"
    )
    assert oldest.startswith(f"{first}   ")
    assert oldest.endswith("model_key_refused  401 invalid_api_key  Wrong\ufffd[31m key here")


async def test_what_the_list_leaves_out_is_counted(store: MemoryStore) -> None:
    for _ in range(3):
        await fail(store, REFUSED)

    told = await lines(store, limit=1)

    assert told[0] == "     3  model_key_refused"
    assert told[-1] == "and 2 more: see --limit"


async def test_another_program_reads_json_lines(store: MemoryStore) -> None:
    turn_id = await fail(store, REFUSED)

    [line] = await lines(store, json=True)

    assert json.loads(line)["turn_id"] == turn_id
    assert json.loads(line)["error"]["cause"]["status"] == 401


async def test_one_turn_is_shown_whole(store: MemoryStore) -> None:
    turn_id = await fail(store, RAISED)

    [document] = await lines(store, turn_id=turn_id)

    assert json.loads(document)["error"]["cause"]["where"] == "shop:respond (shop.py:7)"


async def test_no_failure_is_good_news(store: MemoryStore) -> None:
    assert await lines(store) == ["no turn failed"]
    assert await lines(store, json=True) == []
