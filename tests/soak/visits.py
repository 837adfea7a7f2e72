"""What users do, again and again: write, wait, stop, reload, send files, read, rate, delete."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aiohttp

from tests.chaos import answers
from tests.chaos.visitor import talk
from tests.chaos.world import TIMEOUT, World
from tests.support.chat_client import (
    ChatClient,
    Problem,
    StreamBroken,
    assert_transcript_matches,
)

STAY = 12
"""Things that a user does before another one comes."""
_PAUSE = 0.2
PICTURE = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
"""One pixel."""


class Visit:
    """One user in one browser tab, whatever breaks meanwhile."""

    def __init__(self, world: World, client: ChatClient, rng: random.Random) -> None:
        self._world = world
        self._client = client
        self._rng = rng
        self.done: Counter[str] = Counter()
        """How often this user did what."""

    async def go_on(self) -> None:
        """Do one more thing, and see that it came out right. Raises `AssertionError` if not."""
        name = self._rng.choices([*ACTIONS], [weight for weight, _ in ACTIONS.values()])[0]
        if self._client.thread_id is None and name in _IN_A_THREAD:
            name = "write"
        await ACTIONS[name][1](self)
        self.done[name] += 1

    async def write(self) -> None:
        """A short answer in a new thread."""
        await self._turn(answers.QUICK)

    async def write_on(self) -> None:
        """A short answer in the thread that is shown."""
        await self._turn(answers.QUICK, self._client.thread_id)

    async def use_tools(self) -> None:
        """An answer with two tools, a handoff and a card."""
        await self._turn(self._rng.choice((answers.FULL, answers.WITH_TOOLS)))

    async def send_file(self) -> None:
        """An upload that no message uses, and its deletion."""
        file = await self._again(lambda: self._client.upload(PICTURE, "dot.gif", "image/gif"))
        await self._delete("attachments.delete", attachment_id=file["id"])

    async def stop(self) -> None:
        """A Stop in the middle of a long answer: what was written stays."""
        turn_id = await self._begin(answers.LENGTHY, self._rng.randint(1, 8))
        await self._again(lambda: self._client.cancel(turn_id))
        await self._see_through(turn_id)
        await self._judge("cancelled", "completed")

    async def reload(self) -> None:
        """A page that goes away in the middle of an answer and comes back."""
        turn_id = await self._begin(answers.LENGTHY, self._rng.randint(1, 8))
        self._elsewhere()
        await self._see_through(turn_id)
        await self._judge("completed")

    async def read(self) -> None:
        """The list of threads, page by page, and a thread as it is stored."""
        page: dict[str, Any] = {"has_more": True, "after": None}
        while page["has_more"]:
            listed = partial(self._client.list_threads, limit=5, after=page["after"])
            page = await self._again(listed)
        await self._again(lambda: self._client.load_thread())

    async def rate(self) -> None:
        """A thumb for an answer."""
        said = self._client.items_of_type("assistant_message")
        if not said:
            return
        params = {
            "thread_id": self._client.thread_id,
            "item_ids": [said[-1]["id"]],
            "kind": self._rng.choice(("positive", "negative")),
        }
        await self._again(lambda: self._client.request("items.feedback", params))

    async def delete(self) -> None:
        """The thread that is shown."""
        await self._delete("threads.delete", thread_id=self._client.shown)
        self._client.view.show(None)

    async def _turn(self, kind: str, thread_id: str | None = None) -> None:
        if thread_id is None:
            self._client.view.show(None)
        await talk(self._world, self._client, self._message(kind), thread_id)
        await self._judge("completed")

    async def _begin(self, kind: str, events: int) -> str:
        """Ask for an answer, read so many events of it, and leave. The id of its turn."""
        self._client.view.show(None)
        await talk(self._world, self._client, self._message(kind), leave_after=events)
        assert self._client.turn_id is not None
        return self._client.turn_id

    async def _see_through(self, turn_id: str) -> None:
        """The rest of an answer, from whichever gateway is there."""
        await self._again(lambda: self._client.resume(turn_id))

    async def _judge(self, *statuses: str) -> None:
        """What is shown is stored, and every stream told how the turn ended."""
        await self._again(lambda: assert_transcript_matches(self._client))
        ends = {each.ended for each in self._client.streams if each.turn_id == self._client.turn_id}
        assert (ends - {None}) <= {*statuses}, f"turn {self._client.turn_id} ended {ends}"

    async def _delete(self, request: str, **what: str) -> None:
        """Delete something, which the lost answer to an earlier try may have done."""
        try:
            await self._again(lambda: self._client.request(request, what))
        except Problem as problem:
            if problem.status != 404:
                raise

    async def _again(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Ask until it is answered. Raises `Problem` for what trying again does not help."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    return await ask()
                except (StreamBroken, OSError, aiohttp.ClientError) as lost:
                    self._world.note(repr(lost))
                except Problem as problem:
                    self._world.note(str(problem))
                    if problem.status < 500:
                        raise
                self._elsewhere()
                await asyncio.sleep(_PAUSE)

    def _message(self, kind: str) -> str:
        return f"{kind} {uuid.UUID(int=self._rng.getrandbits(128)).hex[:10]}"

    def _elsewhere(self) -> None:
        self._client.move_to(self._rng.choice(self._world.stack.gateway_urls))


ACTIONS: dict[str, tuple[int, Callable[[Visit], Awaitable[None]]]] = {
    "write": (4, Visit.write),
    "write on": (6, Visit.write_on),
    "use tools": (2, Visit.use_tools),
    "send file": (1, Visit.send_file),
    "stop": (1, Visit.stop),
    "reload": (2, Visit.reload),
    "read": (3, Visit.read),
    "rate": (1, Visit.rate),
    "delete": (1, Visit.delete),
}
"""What there is to do, and how often of all of it."""
_IN_A_THREAD = ("write on", "read", "rate", "delete")
