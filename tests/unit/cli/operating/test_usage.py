"""`turnstream usage`: what an operator types, and what is printed."""

import argparse
from datetime import timedelta

import orjson
import pytest
from turnstream.cli import main as cli
from turnstream.cli.operating.tenants import changed
from turnstream.cli.operating.usage import usage_lines
from turnstream.contracts.identity import TenantSettings
from turnstream.testing import MemoryStore

from tests.support.turns import ANN, OTHER_ANN, running, write


def typed(line: str) -> argparse.Namespace:
    return cli._parser().parse_args(line.split())


@pytest.fixture
async def store() -> MemoryStore:
    """Two calls of ann's and one of another tenant's user, whose price nobody knows."""
    store = MemoryStore()
    turn = await running(store)
    for model, tokens in (("small", 100), ("large", 1000)):
        call = {"key": model, "model": model, "agent": "clerk", "input_tokens": tokens}
        await write(store, turn, usage=[call | {"cost": tokens * 10, "output_tokens": 7}])
    theirs = await running(store, owner=OTHER_ANN)
    await write(store, theirs, usage=[{"key": "k", "model": "own", "input_tokens": 5}])
    return store


async def test_a_line_says_whose_calls_they_were_and_what_they_cost(store: MemoryStore) -> None:
    """By day unless another thing is asked for; what has no price is named."""
    lines = await usage_lines(store, typed("usage"))

    theirs, ours = sorted(lines)
    assert "acme" in theirs
    assert "1 without a price" in theirs
    assert "2 calls  1100 in  14 out  $0.0110" in ours


async def test_sums_are_told_apart_and_limited(store: MemoryStore) -> None:
    """By model and user, for one tenant, as JSON for another program."""
    line = f"usage --tenant {ANN.tenant} --by model,user --json"

    lines = [orjson.loads(each) for each in await usage_lines(store, typed(line))]

    assert [(each["model"], each["user"]) for each in lines] == [("large", "ann"), ("small", "ann")]
    assert len(await usage_lines(store, typed(f"{line} --limit 1"))) == 1
    assert await usage_lines(store, typed("usage --user nobody")) == ["no model was called"]


def test_a_tenant_is_given_budgets_by_name() -> None:
    """Dollars, tokens and a time, as people write them."""
    words = ["user_daily_cost=0.5", "tenant_monthly_tokens=1000000", "turn_max_time=2m"]

    assert changed(TenantSettings(), words) == TenantSettings(
        user_daily_cost=0.5,
        tenant_monthly_tokens=1_000_000,
        turn_max_time=timedelta(minutes=2),
    )
