"""A deploy and its rollback: the release before and this one side by side, under mixed traffic.

Of every service there are two, on one database, which `turnstream migrate` of this release has
brought to its schema. They are given the other release one by one, from the database to the browser
or the other way round.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from tests.chaos.fleet import ORDER, give, in_order, migrate
from tests.chaos.guide_visits import guide_visits
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.scenarios.demonstrations import GUIDE
from tests.chaos.traffic import Traffic, Visit
from tests.chaos.versions import PRESENT, PREVIOUS, Release
from tests.chaos.visits import VISITS
from tests.chaos.world import Shape, World

AT_ONCE = 6
PENDING, CURRENT = 10, 0
"""What `turnstream migrate --check` ends with before the deploy, and after it."""
TOGETHER = 2.0
"""Seconds of traffic between two steps of a deploy."""

ONE_ADDRESS = {"PUBLIC_URL": "http://127.0.0.1:8000"}
"""Links say the same, whichever gateway made them."""

_FAILED = """
    SELECT id, error FROM turns
    WHERE status = 'failed' AND error::text NOT LIKE '%failed on purpose%'
"""
"""Without those of the guide's demonstration of a failure, whose user tries again."""

Visits = Callable[[Case], Awaitable[Mapping[str, Visit]]]


async def deploy_and_roll_back(visits: Visits, case: Case) -> Outcome:
    """Nothing is lost, doubled or failed, whichever release a request, a turn or a call meets.

    Which way the deploy goes first is by the number of the run. It takes as many deploys and
    rollbacks as fit into the minutes that were asked for, and at least one of each.
    """
    world = case.world
    traffic = Traffic(case, await visits(case), AT_ONCE)
    began, deploys = now(), 0
    async with traffic.flowing():
        await _migrate(world)
        while not deploys or now() - began < 60 * case.minutes:
            order = ORDER if (case.number + deploys) % 2 == 0 else ORDER[::-1]
            await _roll(world, PRESENT, order)
            await _roll(world, world.release, order[::-1])
            deploys += 1
    failed = await world.query(_FAILED)
    assert not failed, f"failed turns: {failed}"
    active = await world.query("SELECT id FROM turns WHERE status IN ('queued', 'running')")
    assert not active, f"turns that never ended: {active}"
    handed = await world.query("SELECT 1 FROM turns WHERE attempt > 1")
    minutes = (now() - began) / 60
    tally = ", ".join(f"{count} {name}" for name, count in sorted(traffic.done.items()))
    note = f"{deploys} deploys and rollbacks in {minutes:.1f} min; {len(handed)} turns handed over"
    return Outcome(note=f"{note}; {tally}")


async def _migrate(world: World) -> None:
    """As a deploy script does it: ask, migrate, ask again."""
    status, printed = await asyncio.to_thread(migrate, world.stack, PRESENT, "--check")
    assert status in (PENDING, CURRENT), f"{status}: {printed}"
    status, printed = await asyncio.to_thread(migrate, world.stack, PRESENT)
    assert status == 0, printed
    status, printed = await asyncio.to_thread(migrate, world.stack, PRESENT, "--check")
    assert status == CURRENT, f"{status}: {printed}"


async def _roll(world: World, release: Release, order: Sequence[str]) -> None:
    """Give every service a release, each when the one before it is ready."""
    for service in in_order(world.stack, order):
        pid = service.pid
        give(service, release)
        service.terminate()
        await world.replaced(service, pid)
        world.note(f"{service.name} is of the {release.name} release")
        await asyncio.sleep(TOGETHER)


async def _storyteller(_: Case) -> Mapping[str, Visit]:
    return VISITS


SCENARIOS = [
    Scenario(
        "two-versions",
        "a deploy of this release over the one before, service by service, and back again",
        partial(deploy_and_roll_back, _storyteller),
        runs=2,
        limit=600,
        shape=Shape(release=PREVIOUS),
    ),
    Scenario(
        "two-versions-guide",
        "the same while users approve, upload, answer and click",
        partial(deploy_and_roll_back, guide_visits),
        runs=2,
        limit=600,
        shape=Shape(release=PREVIOUS, settings={**GUIDE.settings, **ONE_ADDRESS}),
    ),
]
