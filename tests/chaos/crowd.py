"""Many users at once, each with a turn of their own, for scenarios about load."""

import asyncio
from collections.abc import Sequence

from tests.chaos.scenario import Case
from tests.chaos.verdict import assert_sound
from tests.chaos.visitor import talk


async def serve(case: Case, said: Sequence[str], at_once: int, *, paid_once: bool = True) -> None:
    """Say all of it, so many at a time, and judge each turn. Raises the first thing wrong."""
    places = asyncio.Semaphore(at_once)
    async with asyncio.TaskGroup() as users:
        for each in said:
            users.create_task(_one(case, each, places, paid_once))


async def _one(case: Case, said: str, places: asyncio.Semaphore, paid_once: bool) -> None:
    world = case.world
    async with places, world.tab() as client:
        try:
            await talk(world, client, said)
            await assert_sound(world, client, said, paid_once=paid_once)
        except Exception:
            case.clients.append(client)
            raise
