"""Tools that run in the tools service, as the Agents SDK sees them.

The worker knows no tool by name: it offers what the catalogue lists. A call goes out on a stream
and its progress comes back on this worker's own reply stream while the tool runs.
"""

import asyncio
import time
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import orjson
from agents import FunctionTool
from agents.tool_context import ToolContext
from chatkit.agents import AgentContext, ClientToolCall
from faststream.redis import RedisBroker
from pydantic import ValidationError
from redis.exceptions import RedisError
from turnstream.contracts.ids import derived_id
from turnstream.contracts.tools import (
    CallTool,
    CancelTool,
    Catalogue,
    ToolCallFinished,
    ToolEventEmitted,
    ToolFailure,
    ToolResult,
    ToolSpec,
)
from turnstream.redis import topology
from turnstream.telemetry import get_logger, traceparent

from turnstream_worker.attempt import Attempt, current_attempt
from turnstream_worker.tools.remote_events import RemoteEvents

log = get_logger(__name__)

Reply = ToolEventEmitted | ToolCallFinished

_MARK = "_turnstream_remote"
_PROGRESS = "progress_update"
_INBOX_LIMIT = 1000
"""Replies of one call that may wait for the assistant; a tool that floods is cut to its result."""
SLACK = timedelta(seconds=5)
"""How much longer than the tool's own deadline the worker waits for the service's answer."""


class Toolbox:
    """This worker's line to the tools service."""

    def __init__(
        self, broker: RedisBroker, replies: str, silence: timedelta, longest: timedelta
    ) -> None:
        self._broker = broker
        self._replies = replies
        self._silence = silence.total_seconds()
        self._longest = longest
        self._inboxes: dict[str, asyncio.Queue[Reply]] = {}
        self.catalogue = Catalogue(version="", tools=[])

    async def refresh(self) -> None:
        """Read the catalogue again. The last one stays while Redis or the tools service is away, or
        where a tools service of another version wrote what we can't read.
        """
        try:
            client = await self._broker.connect()
            document = await client.get(topology.CATALOGUE)
            await client.expire(self._replies, topology.REPLIES_TTL)
        except (RedisError, OSError) as error:
            log.warning("catalogue not read", error=str(error))
            return
        if not document:
            return
        try:
            self.catalogue = Catalogue.model_validate_json(document)
        except ValidationError as error:
            log.warning("catalogue of another version, not read", error=str(error))

    def deliver(self, reply: Reply) -> None:
        """Hand a reply to the call that waits for it; a late one is dropped."""
        inbox = self._inboxes.get(reply.key)
        if inbox is None:
            return
        if inbox.full() and isinstance(reply, ToolEventEmitted):
            log.warning("tool floods, event dropped", key=reply.key)
            return
        if inbox.full():
            inbox.get_nowait()
        inbox.put_nowait(reply)

    async def call(self, attempt: Attempt, spec: ToolSpec, context: Any, arguments: str) -> str:
        """Run a call once, whatever happens to this worker; what the model gets to read.

        Its key names the call for ever. Whenever nothing has been heard for a while it is asked
        for again: the service then attaches us to the running call or sends what is recorded, so
        neither a lost message nor a dead replica leaves the turn waiting.
        """
        key = derived_id("call", attempt.turn_id, context.tool_call_id)
        patience = min(spec.timeout, self._longest)
        command = CallTool(
            turn_id=attempt.turn_id,
            thread_id=attempt.thread_id,
            owner=attempt.owner,
            attempt=attempt.number,
            key=key,
            tool=spec.name,
            arguments=arguments,
            reply_to=self._replies,
            patience=patience,
            traceparent=traceparent(),
            locale=attempt.claimed.context.locale,
        )
        inbox = self._inboxes[key] = asyncio.Queue(_INBOX_LIMIT)
        try:
            result = await self._follow(command, inbox, context.context)
        except asyncio.CancelledError:
            if attempt.interruption is None or attempt.interruption.by_user:
                await asyncio.shield(self._cancel(key))
            raise
        finally:
            if self._inboxes.get(key) is inbox:
                del self._inboxes[key]
        if result.client_tool is not None and isinstance(context.context, AgentContext):
            context.context.client_tool_call = ClientToolCall(
                name=result.client_tool.name, arguments=result.client_tool.arguments
            )
        return _for_model(result)

    async def _follow(
        self, command: CallTool, inbox: "asyncio.Queue[Reply]", context: Any
    ) -> ToolResult:
        """Show events in their order, each once, until the result comes.

        A harmless call whose service died runs again and counts from the start: of what it emits,
        the items that were seen are dropped by their numbers, and progress, which nothing keeps,
        is shown at once. A result may come without its events: they went to the attempt before
        ours, when it was no longer there.
        """
        shown, events = 0, RemoteEvents(command.key, context)
        latest = time.monotonic() + (command.patience + SLACK).total_seconds()
        await self._ask(command)
        while True:
            left = latest - time.monotonic()
            if left <= 0:
                return ToolResult(
                    failure=ToolFailure.TIMED_OUT, detail="The tools service did not answer."
                )
            try:
                async with asyncio.timeout(min(left, self._silence)):
                    reply = await inbox.get()
            except TimeoutError:
                remaining = timedelta(seconds=max(0.0, latest - time.monotonic())) - SLACK
                await self._ask(command.model_copy(update={"patience": remaining}))
                continue
            if isinstance(reply, ToolCallFinished):
                await events.show_missed(reply.result, shown)
                return reply.result
            if reply.seq > shown or reply.event.get("type") == _PROGRESS:
                shown = max(shown, reply.seq)
                await events.show(reply.event)

    async def _ask(self, command: CallTool) -> None:
        try:
            await self._broker.publish(
                command, stream=topology.TOOL_CALLS, maxlen=topology.STREAM_LIMIT
            )
        except (RedisError, OSError) as error:
            log.warning("tool call not sent, trying again", key=command.key, error=str(error))

    async def _cancel(self, key: str) -> None:
        try:
            await self._broker.publish(CancelTool(key=key), channel=topology.TOOL_CONTROL)
        except (RedisError, OSError) as error:
            log.warning("tool call not cancelled", key=key, error=str(error))


toolbox: ContextVar[Toolbox] = ContextVar("toolbox")
"""The worker's toolbox, set at its start and inherited by every turn."""


def remote_tools(*names: str) -> list[FunctionTool]:
    """The tools of the live catalogue, or those of them that are named, for an agent.

    Call it inside `respond`: the catalogue may change between two turns.
    """
    box = toolbox.get()
    specs = [spec for spec in box.catalogue.tools if not names or spec.name in names]
    return [_function_tool(box, spec) for spec in specs]


def catalogue_is_known() -> bool:
    """False until this worker has read a catalogue: then a missing tool says nothing."""
    return bool(toolbox.get().catalogue.version)


def client_tools() -> list[str]:
    """Names of the tools after which a run must stop, because the client has to act."""
    return [spec.name for spec in toolbox.get().catalogue.tools if spec.ends_run]


def is_remote(tool: Any) -> bool:
    """True for a tool that `remote_tools` made."""
    return hasattr(tool.on_invoke_tool, _MARK)


def _function_tool(box: Toolbox, spec: ToolSpec) -> FunctionTool:
    async def invoke(context: ToolContext[Any], arguments: str) -> str:
        attempt = current_attempt.get()
        if attempt is None:
            raise RuntimeError(f"{spec.name} can only be called in a turn")
        return await box.call(attempt, spec, context, arguments)

    setattr(invoke, _MARK, True)
    return FunctionTool(
        name=spec.name,
        description=spec.description,
        params_json_schema=spec.parameters,
        on_invoke_tool=invoke,
        strict_json_schema=spec.strict,
        needs_approval=spec.needs_approval,
    )


def _for_model(result: ToolResult) -> str:
    if result.failure is not None:
        failure = {"error": result.failure.value, "detail": result.detail}
        return orjson.dumps(failure).decode()
    if isinstance(result.output, str):
        return result.output
    return orjson.dumps(result.output).decode()
