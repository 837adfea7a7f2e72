"""A script that many call at once: their calls share round trips."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError

Argument = str | int | bytes

GROUP = 100
"""Calls that go together at most, so that an answer is not kept waiting by hundreds of others."""


@dataclass(slots=True)
class _Call:
    keys: Sequence[str]
    arguments: Sequence[Argument]
    answer: asyncio.Future[Any]


class BatchedScript:
    """Runs a script, and sends calls in batches, as a database does with a group commit: calls
    that come while a batch is under way form the next one. A single caller does not wait.

    Calls to one server run in their order, unless it has just lost the script. A call waits for
    the batch before it, and then at most for the client's timeout. A call whose caller was
    cancelled may still run. Raises what the Redis client raises, to each caller of the batch.
    """

    def __init__(self, script: bytes) -> None:
        self._script = AsyncScript(None, script)  # type: ignore[arg-type]  # each call names one
        self._waiting: defaultdict[Redis, deque[_Call]] = defaultdict(deque)
        self._sending: dict[Redis, asyncio.Task[None]] = {}

    async def __call__(
        self, server: Redis | RedisCluster, keys: Sequence[str], arguments: Sequence[Argument]
    ) -> Any:
        """What the script answers."""
        if not isinstance(server, Redis):  # in a cluster each call may be for another node
            return await self._script(keys=keys, args=arguments, client=server)
        call = _Call(keys, arguments, asyncio.get_running_loop().create_future())
        self._waiting[server].append(call)
        if server not in self._sending:
            self._sending[server] = asyncio.create_task(self._send(server))
        return await call.answer

    async def _send(self, server: Redis) -> None:
        waiting = self._waiting[server]
        try:
            while waiting:
                calls = [waiting.popleft() for _ in range(min(GROUP, len(waiting)))]
                await self._send_group(server, [each for each in calls if not each.answer.done()])
        finally:
            del self._sending[server], self._waiting[server]

    async def _send_group(self, server: Redis, calls: Sequence[_Call]) -> None:
        try:
            answers = await self._answers(server, calls)
        except Exception as error:
            answers = [error] * len(calls)
        for call, answer in zip(calls, answers, strict=True):
            if call.answer.done():
                continue
            if isinstance(answer, Exception):
                call.answer.set_exception(answer)
            else:
                call.answer.set_result(answer)

    async def _answers(self, server: Redis, calls: Sequence[_Call]) -> list[Any]:
        """What each call met: an answer or an exception."""
        answers = await self._run_pipeline(server, calls)
        late = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if late:  # the server was started since; these have not run
            await server.script_load(self._script.script)
            again = await self._run_pipeline(server, [calls[i] for i in late])
            for i, answer in zip(late, again, strict=True):
                answers[i] = answer
        return answers

    async def _run_pipeline(self, server: Redis, calls: Sequence[_Call]) -> list[Any]:
        pipeline = server.pipeline(transaction=False)
        for call in calls:
            pipeline.evalsha(self._script.sha, len(call.keys), *call.keys, *call.arguments)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers
