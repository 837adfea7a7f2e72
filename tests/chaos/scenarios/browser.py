"""A real browser: its page is reloaded and its network goes while processes are killed."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.chaos import answers
from tests.chaos.answers import expected
from tests.chaos.chat_page import ChatPage, a_chat_page
from tests.chaos.scenario import Case, Outcome, Scenario
from tests.chaos.soundness import assert_effects, assert_nobody_waits
from tests.chaos.world import TIMEOUT, World
from tests.support.chat_client import ChatClient
from tests.support.waiting import wait_until_async

FAULTS = 4
AWAY = 0.5
"""Seconds without a network."""
IN_THE_END = 20.0
"""Seconds behind the turn's end: a page waits up to ten between two tries."""


async def a_page(case: Case) -> Outcome:
    """Hurt it at random while it shows an answer; what it shows in the end is what is stored."""
    world, said = case.world, case.message(answers.FULL)
    names = [case.rng.choice(list(HURT)) for _ in range(FAULTS)]
    async with world.tab() as client:
        case.clients.append(client)
        async with a_chat_page(world.stack.gateway_urls[0], client.headers) as page:
            await page.load()
            await page.say(said)
            for name in names:
                await asyncio.sleep(case.rng.uniform(0, 0.6))  # anywhere in the answer
                await HURT[name](world, page)
            await _assert_sound(world, client, page, said)
    return Outcome(note=", ".join(names))


async def _assert_sound(world: World, client: ChatClient, page: ChatPage, said: str) -> None:
    """The message counted once, its turn had each effect once, and the page shows all of it."""
    thread_id = await page.thread_id()
    await world.whole()

    async def over() -> bool:
        going_on = ("queued", "running")
        return all(turn["status"] not in going_on for turn in await _turns(world, thread_id))

    await wait_until_async(over, TIMEOUT, "the turn is over")
    turns = await _turns(world, thread_id)
    assert [turn["status"] for turn in turns] == ["completed"], turns
    stored = [
        " ".join("".join(part["text"] for part in item["content"]).split())
        for item in await client.all_items(thread_id)
        if item["type"].endswith("_message")
    ]
    assert stored == [said, *expected(said).texts], stored

    async def shown() -> bool:
        return await page.texts == stored

    await wait_until_async(shown, IN_THE_END, f"the page shows {stored}")
    await page.load()
    await wait_until_async(shown, IN_THE_END, f"the page shows {stored} after a reload")
    assert_effects(world, turns[0]["id"], expected(said))
    await assert_nobody_waits(world, turns[0]["id"])


async def _turns(world: World, thread_id: str) -> list[dict[str, str]]:
    sql = "SELECT id, status FROM turns WHERE thread_id = $1"
    return [dict(row) for row in await world.query(sql, thread_id)]


async def _reload(_: World, page: ChatPage) -> None:
    await page.load()


async def _network(_: World, page: ChatPage) -> None:
    await page.network(there=False)
    await asyncio.sleep(AWAY)
    await page.network(there=True)


def _kill(name: str) -> Callable[[World, ChatPage], Awaitable[None]]:
    async def kill(world: World, _: ChatPage) -> None:
        await asyncio.to_thread(world.stack.service(name).kill)

    return kill


HURT: dict[str, Callable[[World, ChatPage], Awaitable[None]]] = {
    "reload": _reload,
    "network": _network,
    "gateway": _kill("gateway-1"),
    "worker": _kill("agent-worker-1"),
}

SCENARIOS = [
    Scenario(
        "browser",
        "a page in a real browser, reloaded and offline while gateway and worker are killed",
        a_page,
        runs=12,
    )
]
