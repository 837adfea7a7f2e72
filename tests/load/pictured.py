"""A load that shows something: steady, then a rush, then a worker that is killed."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable

from turnstream_devstack.stack import Stack

from tests.load.pictures import Mark

SLOTS = 12
"""Of each worker: few, so that a rush fills them."""
STEADY, RUSH = 8, 40
"""Users at once."""
UNTIL_RUSH, RUSH_LASTS, UNTIL_KILL, AFTERWARDS = 60, 25, 50, 75
"""Seconds of each part."""
ASKED = (
    "What is the weather in Oslo?",
    "count to 60",
    "count to 120",
    "Run the long-running tool for 4 seconds",
)
PAUSE = (0.5, 3.0)
"""Seconds for which a user reads, at least and at most."""

Say = Callable[[str, str], Awaitable[object]]
"""Send a text as a user, and read the answer."""
Also = Callable[[], Awaitable[None]]


async def steady_rush_kill(stack: Stack, say: Say, also: Also) -> list[Mark]:
    """Load a system for about four minutes; `also` is done beside, again and again."""
    marks = []
    async with asyncio.TaskGroup() as group:
        others = [group.create_task(_user(say, f"user-{each}")) for each in range(STEADY)]
        others.append(group.create_task(_again(also)))
        await asyncio.sleep(UNTIL_RUSH)
        marks.append(Mark(time.time(), "A"))
        crowd = [group.create_task(_user(say, f"rush-{each}")) for each in range(RUSH)]
        await asyncio.sleep(RUSH_LASTS)
        _stop(crowd)
        await asyncio.sleep(UNTIL_KILL)
        marks.append(Mark(time.time(), "B"))
        os.kill(stack.service("agent-worker-1").pid, signal.SIGKILL)
        await asyncio.sleep(AFTERWARDS)
        _stop(others)
    return marks


async def _user(say: Say, name: str) -> None:
    chance = random.Random(name)
    while True:
        await say(name, chance.choice(ASKED))
        await asyncio.sleep(chance.uniform(*PAUSE))


async def _again(also: Also) -> None:
    while True:
        await also()


def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for each in tasks:
        each.cancel()
