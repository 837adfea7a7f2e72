"""The short form: a few runs of each scenario that hurts one turn, on one world.

`python -m tests.chaos` is the long form, with every position, load, deploys and wrong clocks.
"""

import asyncio
from collections.abc import Iterator

import pytest

from tests.chaos.driver import a_case, kept, one_run
from tests.chaos.scenario import Scenario
from tests.chaos.scenarios import ALL
from tests.chaos.world import Shape, World, a_world

SEED = 1
RUNS = [
    pytest.param(scenario, number, id=f"{scenario.name}-{number + 1}")
    for scenario in ALL
    for number in scenario.short
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all runs: each waits until every process is back before it begins."""
    with a_world(tmp_path_factory.mktemp("chaos"), Shape()) as running:
        yield running


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("scenario", "number"), RUNS)
def test_a_turn_survives(world: World, scenario: Scenario, number: int) -> None:
    """What the scenario promises, in one of its runs."""
    case = a_case(world, scenario, SEED, number)
    try:
        asyncio.run(one_run(scenario, case))
    except Exception as failure:
        raise AssertionError(kept(case, scenario, SEED, failure)) from failure
