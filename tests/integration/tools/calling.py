"""The worker's side of a tool call, on real servers: turns from the store, calls over Redis."""

from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from faststream.redis import RedisBroker
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.tools import (
    CallTool,
    CancelTool,
    ToolCallFinished,
    ToolEventEmitted,
    ToolResult,
)
from turnstream.contracts.turns import (
    AcceptTurn,
    ClaimedTurn,
    ClaimTurn,
    ReleaseTurn,
    RequestContext,
)
from turnstream.redis import topology
from turnstream.redis.broker import build_broker, inbox
from turnstream.settings import Settings

from tests.support.system.services import client_of
from tests.support.waiting import wait_until_async

OWNER = Owner(DEFAULT_TENANT, "ada")


class CallingWorker:
    """Holds one turn. `heard` is everything that came back, oldest first."""

    def __init__(self, redis_url: str, store_url: str) -> None:
        self.name = new_id("worker")
        self.replies = topology.replies(self.name)
        self.heard: list[ToolEventEmitted | ToolCallFinished] = []
        self.store = client_of(store_url, timedelta(seconds=5))
        self.turn: ClaimedTurn
        self._stack = AsyncExitStack()
        self._broker = self._listen(redis_url)

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.store)
        await self._broker.start()
        self._stack.push_async_callback(self._broker.stop)
        self.turn = await self._claim(await self._accept())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def take_over(self) -> None:
        """Go on with the turn as its next attempt, as another worker would after a crash."""
        release = ReleaseTurn(attempt=self.turn.attempt, count_as_failed=True)
        await self.store.turns.release(OWNER, self.turn.turn_id, release)
        self.turn = await self._claim(self.turn.turn_id)

    def command(self, tool: str, arguments: str = "{}", **changes: Any) -> CallTool:
        """A call of the current attempt, under a key of its own."""
        command = CallTool(
            turn_id=self.turn.turn_id,
            thread_id=self.turn.thread_id,
            owner=OWNER.user,
            attempt=self.turn.attempt,
            key=new_id("call"),
            tool=tool,
            arguments=arguments,
            reply_to=self.replies,
            timeout=timedelta(seconds=50),
        )
        return command.model_copy(update=changes)

    async def ask(self, command: CallTool) -> str:
        """Send a call; its key."""
        await self._broker.publish(command, stream=topology.TOOL_CALLS)
        return command.key

    async def call(self, tool: str, arguments: str = "{}", **changes: Any) -> ToolResult:
        """Send a call and wait for its result."""
        return await self.result(await self.ask(self.command(tool, arguments, **changes)))

    async def cancel(self, key: str) -> None:
        """Say that nobody needs the result any more."""
        await self._broker.publish(CancelTool(key=key), channel=topology.TOOL_CONTROL)

    async def result(self, key: str, timeout: float = 15) -> ToolResult:
        """The result of a call."""
        found = await wait_until_async(lambda: self.results(key), timeout, f"result of {key}")
        return found[0]

    async def result_by_asking(self, command: CallTool, timeout: float = 30) -> ToolResult:
        """The result of a call that is asked for again and again, as a worker does."""

        async def heard() -> list[ToolResult]:
            await self.ask(command)
            try:
                return [await self.result(command.key, timeout=0.5)]
            except AssertionError:
                return []

        return (await wait_until_async(heard, timeout, f"result of {command.key}"))[0]

    async def saw(self, key: str, count: int = 1) -> list[ToolEventEmitted]:
        """The events of a call, once there are so many."""
        await wait_until_async(lambda: len(self.events(key)) >= count, 15, f"events of {key}")
        return self.events(key)

    def events(self, key: str) -> list[ToolEventEmitted]:
        return [each for each in self.heard if each.key == key and each.kind == "event"]

    def results(self, key: str) -> list[ToolResult]:
        return [each.result for each in self.heard if each.key == key and each.kind == "finished"]

    def _listen(self, redis_url: str) -> RedisBroker:
        broker = build_broker(Settings(redis_url=redis_url))

        @broker.subscriber(stream=inbox(self.replies), no_reply=True)
        async def reply(message: ToolEventEmitted | ToolCallFinished) -> None:
            self.heard.append(message)

        return broker

    async def _accept(self) -> str:
        request = {
            "type": "threads.create",
            "params": {
                "input": {
                    "content": [{"type": "input_text", "text": "Hello"}],
                    "attachments": [],
                    "inference_options": {},
                }
            },
        }
        context = RequestContext(user_id=OWNER.user)
        command = AcceptTurn(turn_id=new_id("turn"), request=request, context=context)
        return (await self.store.turns.accept(command)).turn_id

    async def _claim(self, turn_id: str) -> ClaimedTurn:
        lease = timedelta(minutes=5)
        command = ClaimTurn(turn_id=turn_id, worker=self.name, lease=lease)
        claimed = await self.store.turns.claim(command)
        assert claimed is not None
        return claimed
