"""Many users at once, each with a turn of their own, for scenarios about load."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from types import TracebackType
from typing import Self

from tests.chaos.scenario import Case
from tests.chaos.soundness import Fault, assert_sound
from tests.chaos.visitor import talk
from tests.support.chat_client import ChatClient


class Crowd:
    """Its members talk while things break, and are judged when everything is whole again."""

    def __init__(self, case: Case, at_once: int) -> None:
        self._case = case
        self._places = asyncio.Semaphore(at_once)
        self._tabs = AsyncExitStack()
        self._said: list[tuple[ChatClient, str]] = []
        self.limited: Counter[str] = Counter()
        """How often somebody was refused by a limit and came back, by code."""

    async def __aenter__(self) -> Self:
        await self._tabs.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._tabs.__aexit__(kind, error, trace)

    @property
    def size(self) -> int:
        """How many turns there were."""
        return len(self._said)

    @property
    def clients(self) -> list[ChatClient]:
        """Who talked, each with their turn."""
        return [client for client, _ in self._said]

    async def talk(
        self,
        said: Sequence[str],
        user: str | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        """Say all of it, each in a thread of its own, and see every answer's end.

        Each comes from another user, unless one is named.
        """
        async with asyncio.TaskGroup() as users:
            for each in said:
                users.create_task(self._one(each, user, credentials))

    async def judge(self, faults: Sequence[Fault] = ()) -> None:
        """Hold every turn against the store. Raises the first thing wrong."""
        world = self._case.world
        await world.whole()
        for client, said in self._said:
            client.move_to(world.stack.gateway_urls[0])
            with self._told_of(client):
                await assert_sound(world, client, said, faults=faults)

    async def _one(
        self, said: str, user: str | None, credentials: Mapping[str, str] | None
    ) -> None:
        async with self._places:
            tab = self._case.world.tab(user, credentials=credentials)
            client = await self._tabs.enter_async_context(tab)
            self._said.append((client, said))
            with self._told_of(client):
                self.limited += await talk(self._case.world, client, said)

    @contextmanager
    def _told_of(self, client: ChatClient) -> Iterator[None]:
        """A report tells what a client saw with whom something went wrong, and of no other."""
        try:
            yield
        except Exception:
            self._case.clients.append(client)
            raise
