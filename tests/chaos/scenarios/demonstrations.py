"""kill -9 in the middle of each demonstration of the guide: it comes to the same all the same.

The rows are the entries of the guided tour: its sentence is said twice, once undisturbed.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from devstack.surroundings import BUNDLED_MCP_SERVERS

from tests.chaos.scenario import Case, Outcome, Scenario, now, recovery, see_end, step
from tests.chaos.verdict import assert_ended
from tests.chaos.world import Shape
from tests.support.chat_client import ChatClient, message
from tests.support.stock.normalize import normalize

TOUR = Path(__file__).parents[3] / "docs" / "guide-tour.md"
KILLS = 3
"""Runs of each: at the beginning, in the middle and near the end of its events."""
GUIDE = Shape(
    settings={
        "ASSISTANT": "agent_worker.assistants.guide:create",
        "TOOLS": "",
        "OPENAI_API_KEY": "",
        "OPENAI_BASE_URL": "",
        "MODEL": "",
        "WEATHER": "sample",
        "MCP_SERVERS": BUNDLED_MCP_SERVERS,
    }
)
_ENTRY = re.compile(
    r'^## (?P<title>[^\n]+)\n.*?\*\*Say:\*\* "(?P<said>[^"]+)"', re.MULTILINE | re.DOTALL
)
_ARBITRARY = re.compile(r"[a-z]+_[0-9a-f]{16,}|\?exp=[^\"]+|\d{4}-\d\d-\d\dT[\d:.]+Z?")
"""Ids, signatures and times: what two runs of one demonstration may differ in."""


def tour() -> dict[str, str]:
    """Title -> the sentence to say."""
    entries = re.split(r"(?=^## )", TOUR.read_text(), flags=re.MULTILINE)
    found = (_ENTRY.match(entry) for entry in entries)
    return {entry["title"].strip(): entry["said"] for entry in found if entry}


async def demonstrate(said: str, case: Case) -> Outcome:
    """Say it undisturbed, then with a kill; both threads must hold the same."""
    world = case.world
    await world.whole()
    async with world.tab() as calm, world.tab() as client:
        case.clients += [calm, client]
        async with calm.stream(*message(said)) as turn:
            await see_end(calm, turn)
        status = turn.ends[0]
        async with client.stream(*message(said)) as turn:
            assert turn.turn_id is not None
            await step(turn, _position(case, len(calm.events)))
            worker = await world.holder(turn.turn_id)
            fault = now()
            if worker is not None:
                await asyncio.to_thread(worker.kill)
            await see_end(client, turn)
        await assert_ended(world, client, status)
        wanted, shown = await _plain(calm), await _plain(client)
        assert shown == wanted, f"undisturbed\n{wanted}\nwith a kill\n{shown}"
        return Outcome(recovery(client, fault))


def _position(case: Case, events: int) -> int:
    share = (case.number % KILLS + case.rng.random()) / KILLS
    return max(1, int(share * events))


async def _plain(client: ChatClient) -> str:
    assert client.thread_id is not None
    items: Any = normalize(await client.all_items(client.thread_id))
    return _ARBITRARY.sub("…", orjson.dumps(items, option=orjson.OPT_SORT_KEYS).decode())


def _scenario(title: str, said: str) -> Scenario:
    run: Callable[[Case], Awaitable[Outcome]] = partial(demonstrate, said)
    name = f"guide: {title[:24].rstrip(' ,.')}"
    return Scenario(name, f'"{said}" with a kill -9 in its middle', run, runs=KILLS, shape=GUIDE)


SCENARIOS = [_scenario(title, said) for title, said in tour().items()]
