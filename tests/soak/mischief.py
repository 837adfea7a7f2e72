"""What breaks meanwhile, one thing at a time."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.chaos.world import World

FROZEN = 4.0
"""Seconds: longer than a lease, so that somebody else takes the turns."""


class Mischief:
    """Hurts a world with a probability, unless it is hurt already."""

    def __init__(self, world: World, rng: random.Random, chance: float) -> None:
        self._world = world
        self._rng = rng
        self._chance = chance
        self._hurt = asyncio.Lock()
        self.done: Counter[str] = Counter()

    async def perhaps(self) -> None:
        """Called before each thing that a user does. Comes back when everything is whole again."""
        if self._rng.random() >= self._chance or self._hurt.locked():
            return
        async with self._hurt:
            name = self._rng.choice([*FAULTS])
            self._world.note(f"mischief: {name}")
            await FAULTS[name](self._world, self._rng)
            await self._world.whole()
            self.done[name] += 1


def _killed(kind: str) -> Callable[[World, random.Random], Awaitable[None]]:
    async def kill(world: World, rng: random.Random) -> None:
        services = [each for each in world.stack.services.values() if each.spec.name == kind]
        await asyncio.to_thread(rng.choice(services).kill)

    return kill


async def _told_to_end(world: World, rng: random.Random) -> None:
    service = rng.choice([*world.stack.services.values()])
    pid = service.pid
    service.terminate()
    await world.replaced(service, pid)


async def _frozen(world: World, rng: random.Random) -> None:
    service = rng.choice([*world.stack.services.values()])
    service.pause()
    try:
        await asyncio.sleep(FROZEN)
    finally:
        service.resume()


async def _cut_from_redis(world: World, _: random.Random) -> None:
    await world.redis("CLIENT", "KILL", "TYPE", "normal")


async def _redis_emptied(world: World, _: random.Random) -> None:
    await world.redis("FLUSHALL")


async def _cut_from_postgres(world: World, _: random.Random) -> None:
    await world.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


FAULTS: dict[str, Callable[[World, random.Random], Awaitable[None]]] = {
    "kill a worker": _killed("agent-worker"),
    "kill a gateway": _killed("gateway"),
    "kill the store": _killed("store"),
    "kill the tools": _killed("tools"),
    "SIGTERM": _told_to_end,
    "freeze": _frozen,
    "cut all from Redis": _cut_from_redis,
    "empty Redis": _redis_emptied,
    "cut all from Postgres": _cut_from_postgres,
}
