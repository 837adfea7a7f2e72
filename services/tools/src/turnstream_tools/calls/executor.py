"""Answers calls: asks the ledger, runs the tool if told to, and replies to the worker."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta

from turnstream import tool_metrics
from turnstream.contracts.tools import (
    AttachTool,
    BeginCall,
    CallDecision,
    CallTool,
    FinishCall,
    NeededApproval,
    RenewCalls,
    ToolFailure,
    ToolResult,
)
from turnstream.errors import Fenced, TurnstreamError
from turnstream.logs import context
from turnstream.telemetry import get_logger

from turnstream_tools.calls import metrics, results
from turnstream_tools.calls.invocation import CANCELLATION, invoke
from turnstream_tools.calls.ledger import Ledger
from turnstream_tools.calls.replies import Replies
from turnstream_tools.calls.running import RunningCall, Stop
from turnstream_tools.calls.tracing import call_span, tell_decision, tell_outcome
from turnstream_tools.context import Resources
from turnstream_tools.registry import Registry, Tool

log = get_logger(__name__)

_REMEMBERED = 1000
"""Cancelled keys remembered: a cancellation may overtake the call that it cancels."""
_STOPPING = CANCELLATION + timedelta(seconds=4)
"""The time after the drain to stop each tool and to record what is known of its call."""


class Executor:
    """The calls of this process, each in a task of its own."""

    def __init__(
        self, registry: Registry, ledger: Ledger, replies: Replies, resources: Resources
    ) -> None:
        self._registry = registry
        self._ledger = ledger
        self._replies = replies
        self._resources = resources
        self._settings = resources.settings
        self._slots = asyncio.Semaphore(self._settings.tool_slots)
        metrics.SLOTS.set(self._settings.tool_slots)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: dict[str, RunningCall] = {}
        self._cancelled: OrderedDict[str, None] = OrderedDict()
        self._abandoned = 0
        self._closing = False

    @property
    def running(self) -> Mapping[str, RunningCall]:
        """The calls that run here, by key."""
        return self._running

    @property
    def usable(self) -> bool:
        """False when abandoned tools hold every slot: the process must be restarted then."""
        return self._abandoned < self._settings.tool_slots

    async def accept(self, command: CallTool) -> None:
        """Answer a call in a task of its own. Waits for a slot if there is none."""
        await self._slots.acquire()
        task = asyncio.create_task(self._answer(command), name=f"answer {command.key}")
        self._tasks.add(task)
        task.add_done_callback(self._answered)

    async def wait_for_slot(self) -> None:
        """Wait until there is a slot for another call."""
        async with self._slots:
            pass

    async def attach(self, command: AttachTool) -> None:
        """Send the events of a call to another worker from now on, if the call runs here."""
        if (call := self._running.get(command.key)) is not None:
            await call.attach(command.attempt, command.reply_to)

    def cancel(self, key: str) -> None:
        """Stop the call, if it runs here or arrives later."""
        if (call := self._running.get(key)) is not None:
            call.stop(Stop.CANCELLED)
        self._cancelled[key] = None
        while len(self._cancelled) > _REMEMBERED:
            self._cancelled.popitem(last=False)

    async def wait_until_idle(self, timeout: timedelta | None = None) -> None:
        """Wait until every accepted call is answered, at most for `timeout`."""
        if self._tasks:
            seconds = None if timeout is None else timeout.total_seconds()
            await asyncio.wait(set(self._tasks), timeout=seconds)

    async def drain(self) -> None:
        """Let calls end for the time of `drain`, then stop the others and record what is known.

        The lease of a call that may be run again is ended, so that another service can run it.
        """
        await self.wait_until_idle(self._settings.drain)
        self._closing = True
        for call in list(self._running.values()):
            call.stop(Stop.DRAINED)
        await self.wait_until_idle(_STOPPING)
        for task in self._tasks:
            task.cancel()

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call failed", exc_info=(type(error), error, error.__traceback__))

    async def _answer(self, command: CallTool) -> None:
        facts: dict[str, str | int | None] = {
            "tenant": command.tenant,
            "thread_id": command.thread_id,
            "turn_id": command.turn_id,
            "attempt": command.attempt,
            "key": command.key,
            "tool": command.tool,
        }
        context.enter(**facts)
        with call_span(command):
            tool = self._registry.find(command.tool)
            asked = time.monotonic()
            try:
                begun = await self._ledger.begin(self._begin(command, tool))
            except TurnstreamError as error:
                log.warning("call not begun, its worker asks again", error=str(error))
                return
            tell_decision(begun.decision)
            if begun.decision is CallDecision.RUN:
                held_until = asked + self._settings.tool_lease.total_seconds()
                theirs = command.model_copy(update={"thread_id": begun.thread_id})
                call = RunningCall(theirs, begun.run, self._replies, held_until)
                await self._run(tool, call)
            elif begun.decision is CallDecision.ATTACH:
                await self._attach_anywhere(command)
            elif begun.result is not None:
                await self._replies.recorded(command.reply_to, command.key, begun.result)
            elif command.probe:
                await self._replies.finished(command.reply_to, command.key, ToolResult())
            else:
                log.info("call dropped", decision=begun.decision)

    def _begin(self, command: CallTool, tool: Tool | None) -> BeginCall:
        return BeginCall(
            **command.model_dump(
                include={"turn_id", "tenant", "owner", "attempt", "key", "tool", "reply_to"}
            ),
            idempotent=tool is not None and tool.spec.idempotent,
            approval=_needed_approval(command, tool),
            instance=self._settings.instance,
            lease=self._settings.tool_lease,
        )

    async def _attach_anywhere(self, command: CallTool) -> None:
        attach = AttachTool(key=command.key, attempt=command.attempt, reply_to=command.reply_to)
        if command.key in self._running:
            await self.attach(attach)
        else:
            await self._replies.ask_to_attach(attach)

    async def _run(self, tool: Tool | None, call: RunningCall) -> None:
        """Run a call from the ledger's go-ahead to the answer."""
        self._enter(call)
        began = time.monotonic()
        try:
            result = await self._result(tool, call)
            await (self._hand_over(call) if result is None else self._finish(call, result))
        finally:
            if self._running.get(call.key) is call:
                del self._running[call.key]
            metrics.RUNNING.dec()
        outcome = "handed_over" if result is None else result.failure or "ok"
        tell_outcome(outcome, failed=result is not None and result.failure is not None)
        name = tool.name if tool is not None else "unknown"
        tool_metrics.ended(name, outcome, time.monotonic() - began)
        log.info("call ended", outcome=outcome)
        await self._wait_for_abandoned(call)

    async def _wait_for_abandoned(self, call: RunningCall) -> None:
        """Keep the slot of an abandoned tool until it ends: it still uses the process."""
        if call.task is None or call.task.done():
            return
        self._abandoned += 1
        try:
            await asyncio.wait({call.task})
        finally:
            self._abandoned -= 1

    def _enter(self, call: RunningCall) -> None:
        metrics.RUNNING.inc()
        if (older := self._running.get(call.key)) is not None:
            older.stop(Stop.LOST)
        self._running[call.key] = call
        if call.key in self._cancelled:
            call.stop(Stop.CANCELLED)
        if self._closing:
            call.stop(Stop.DRAINED)

    async def _result(self, tool: Tool | None, call: RunningCall) -> ToolResult | None:
        if tool is None:
            detail = f"There is no tool named {call.command.tool}."
            return results.failed(ToolFailure.UNKNOWN_TOOL, detail)
        return await invoke(tool, call, self._resources)

    async def _finish(self, call: RunningCall, result: ToolResult) -> None:
        """Record the result before it is sent: what a worker was told never changes."""
        try:
            finished = FinishCall(run=call.run, result=result)
            await self._ledger.finish(call.command.caller, call.key, finished)
        except Fenced:
            log.warning("result came too late", run=call.run)
        except TurnstreamError as error:
            log.error("result not recorded, the call's outcome is open", error=str(error))
        else:
            await call.finish(result)

    async def _hand_over(self, call: RunningCall) -> None:
        """End the lease of a call that ended here without a result; harmless if it is lost."""
        if call.task is not None and not call.task.done():
            return  # it still runs: its lease must end by itself
        over = RenewCalls(
            instance=self._settings.instance, lease=timedelta(0), calls={call.key: call.run}
        )
        try:
            async with asyncio.timeout(CANCELLATION.total_seconds()):
                await self._ledger.renew(over)
        except (TurnstreamError, TimeoutError) as error:
            log.info("lease not given up, it will end", error=str(error))


def _needed_approval(command: CallTool, tool: Tool | None) -> NeededApproval | None:
    """What the ledger must know of before it lets the call run, by what the tool itself says."""
    if tool is None or not tool.spec.needs_approval:
        return None
    return NeededApproval(call_id=command.call_id, arguments=command.arguments)
