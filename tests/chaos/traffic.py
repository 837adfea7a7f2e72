"""Mixed traffic: users who do different things at once, each judged as soon as they are done."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeVar

import aiohttp

from tests.chaos.scenario import Case, step
from tests.chaos.world import TIMEOUT, World
from tests.support.chat_client import ChatClient, ChatRequest, Problem, StreamBroken

Visit = Callable[[Case, ChatClient], Awaitable[None]]
"""What one user does, from the first request to the judgement."""

_PAUSE = 0.2
"""Seconds between two tries: a browser waits longer."""
_LOST = (StreamBroken, aiohttp.ClientError, ConnectionError)
"""A connection that ended with its gateway."""

T = TypeVar("T")


class Traffic:
    """So many users at a time, until it is told to stop. The first thing wrong ends all of it."""

    def __init__(self, case: Case, visits: Mapping[str, Visit], at_once: int) -> None:
        self._case = case
        self._visits = visits
        self._at_once = at_once
        self._over = asyncio.Event()
        self._round = 0
        self.done: Counter[str] = Counter()
        """How many visits of each kind ended well."""

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Let users come for the length of the block, and see the last of them end."""
        async with asyncio.TaskGroup() as users:
            for _ in range(self._at_once):
                users.create_task(self._come_again())
            yield
            self._over.set()

    async def _come_again(self) -> None:
        names = list(self._visits)
        while not self._over.is_set():
            self._round += 1  # each kind as often as the others
            name = names[self._round % len(names)]
            gateway = self._case.rng.randrange(len(self._case.world.stack.gateway_urls))
            async with self._case.world.tab(gateway=gateway) as client:
                try:
                    await self._visits[name](self._case, client)
                except Exception as wrong:
                    wrong.add_note(f"during the visit {name!r} of {client.user}")
                    self._case.clients.append(client)
                    raise
            self.done[name] += 1


async def again(world: World, client: ChatClient, call: Callable[[], Awaitable[T]]) -> T:
    """What a call gives, asked again elsewhere when the gateway or what is behind it was lost."""
    lost: Exception | None = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    return await call()
                except _LOST as error:
                    lost = error
                except Problem as problem:
                    if problem.status < 500:
                        raise
                    lost = problem
                world.note(f"{client.user}: {lost!r}"[:200])
                await asyncio.sleep(_PAUSE)
                elsewhere(world, client)
    raise AssertionError(f"no answer within {TIMEOUT:g} s, last: {lost!r}") from lost


def elsewhere(world: World, client: ChatClient) -> None:
    """Ask the next gateway from now on."""
    urls = world.stack.gateway_urls
    client.move_to(urls[(urls.index(client._gateway) + 1) % len(urls)])


async def begin(
    world: World, client: ChatClient, request: ChatRequest, key: str, events: int
) -> str:
    """Make a request, see some of its events, and lose the connection; the turn's id.

    Asked again, it is the same turn: the key says so.
    """

    async def ask() -> str:
        async with client.stream(*request, headers={"Idempotency-Key": key}) as turn:
            with contextlib.suppress(*_LOST):
                await step(turn, events)
            assert turn.turn_id is not None
            return turn.turn_id

    return await again(world, client, ask)


async def see_out(world: World, client: ChatClient, turn_id: str) -> None:
    """Follow a turn to its end by its position, from one gateway and the other."""

    async def follow() -> None:
        await client.resume(turn_id)

    await again(world, client, follow)


async def complete(
    world: World, client: ChatClient, request: ChatRequest, key: str, events: int = 3
) -> str:
    """Make a request, lose the connection after some events, and see the end; the turn's id."""
    turn_id = await begin(world, client, request, key, events)
    elsewhere(world, client)
    await see_out(world, client, turn_id)
    return turn_id
