"""An executor with real parts, but a ledger in memory and replies that are heard, not sent."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import (
    AttachTool,
    BeginCall,
    CallDecision,
    CallTool,
    FinishCall,
    LedgerAnswer,
    RenewCalls,
    RenewedCalls,
    ToolCallFinished,
    ToolEventEmitted,
    ToolFailure,
    ToolResult,
)
from turnstream.errors import Fenced, Unavailable
from turnstream.redis.client import command_client
from turnstream.store_client import HttpStoreClient
from turnstream_tools.calls.executor import Executor
from turnstream_tools.calls.replies import Replies
from turnstream_tools.context import Resources
from turnstream_tools.registry import Registry, Tool
from turnstream_tools.settings import ToolsSettings

NOBODY = "redis://127.0.0.1:1/0"


@dataclass
class MemoryLedger:
    """The store's rules for one process; `expire` stands for the end of a lease."""

    newest_attempt: int = 1
    away: bool = False
    callers: list[Owner] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)
    results: dict[str, ToolResult] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    renewed: list[RenewCalls] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    """Keys of calls that the ledger has no row of any more."""

    async def begin(self, command: BeginCall) -> LedgerAnswer:
        self._answer()
        self.callers.append(command.caller)
        key = command.key
        if command.attempt != self.newest_attempt:
            return LedgerAnswer(decision=CallDecision.FENCED)
        if key in self.results:
            return LedgerAnswer(decision=CallDecision.RECORDED, result=self.results[key])
        if key in self.runs and key not in self.expired:
            return LedgerAnswer(decision=CallDecision.ATTACH, run=self.runs[key])
        if key in self.runs and not command.idempotent:
            self.results[key] = ToolResult(failure=ToolFailure.OUTCOME_UNKNOWN)
            return LedgerAnswer(decision=CallDecision.OUTCOME_UNKNOWN, result=self.results[key])
        self.expired.discard(key)
        self.runs[key] = self.runs.get(key, 0) + 1
        return LedgerAnswer(decision=CallDecision.RUN, run=self.runs[key], thread_id="thr_1")

    async def renew(self, command: RenewCalls) -> RenewedCalls:
        self._answer()
        self.renewed.append(command)
        if not command.lease:
            self.expired.update(command.calls)
        return RenewedCalls(held=[key for key in command.calls if key not in self.gone])

    async def finish(self, owner: Owner, key: str, command: FinishCall) -> None:
        self._answer()
        self.callers.append(owner)
        if key in self.results or command.run != self.runs[key]:
            raise Fenced("too late")
        self.results[key] = ToolResult.model_validate_json(command.result.model_dump_json())

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("away")


class HeardReplies(Replies):
    """Keeps what would have been sent, by reply stream."""

    def __init__(self) -> None:
        self.heard: dict[str, list[ToolEventEmitted | ToolCallFinished]] = {}
        self.attaches: list[AttachTool] = []
        self.finished_in_ledger: list[bool] = []

    async def ask_to_attach(self, command: AttachTool) -> None:
        self.attaches.append(command)

    async def send(self, reply_to: str, message: ToolEventEmitted | ToolCallFinished) -> None:
        await asyncio.sleep(0)
        self.heard.setdefault(reply_to, []).append(message)

    def events(self, reply_to: str = "first") -> list[dict[str, Any]]:
        return [m.event for m in self.heard.get(reply_to, []) if isinstance(m, ToolEventEmitted)]

    def numbers(self, reply_to: str = "first") -> list[int]:
        return [m.seq for m in self.heard.get(reply_to, []) if isinstance(m, ToolEventEmitted)]

    def results(self, reply_to: str = "first") -> list[ToolResult]:
        return [m.result for m in self.heard.get(reply_to, []) if isinstance(m, ToolCallFinished)]


@dataclass
class Bench:
    """An executor on the bench."""

    executor: Executor
    ledger: MemoryLedger
    replies: HeardReplies
    resources: Resources

    async def answer(self, command: CallTool) -> ToolResult:
        """The result of a call, as its worker hears it."""
        await self.executor.accept(command)
        await self.idle()
        return self.replies.results(command.reply_to)[-1]

    async def idle(self) -> None:
        """Wait until every accepted call is answered."""
        await self.executor.wait_until_idle()


def bench(*tools: Tool, **settings: Any) -> Bench:
    """An executor that knows these tools."""
    known = ToolsSettings(instance="tools-1", redis_url=NOBODY, **settings)
    store = HttpStoreClient("http://127.0.0.1:1", retry_timeout=timedelta(milliseconds=100))
    resources = Resources(store, command_client(NOBODY), known)
    ledger, replies = MemoryLedger(), HeardReplies()
    executor = Executor(Registry(tools), ledger, replies, resources)
    return Bench(executor, ledger, replies, resources)


def call(tool: str, arguments: str = "{}", **changes: Any) -> CallTool:
    """A call of the first attempt, with a minute to go."""
    command = CallTool(
        turn_id="turn_1",
        thread_id="thr_1",
        owner="ada",
        attempt=1,
        key="call_1",
        tool=tool,
        arguments=arguments,
        reply_to="first",
        timeout=timedelta(minutes=1),
    )
    return command.model_copy(update=changes)
