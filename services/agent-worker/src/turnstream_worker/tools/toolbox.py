"""The worker's connection to the tools service.

A call goes out on a stream, and its progress comes back on this worker's own reply stream while the
tool runs.
"""

import asyncio
import time
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import orjson
from agents.tool_context import ToolContext
from chatkit.agents import AgentContext, ClientToolCall
from faststream.redis import RedisBroker
from pydantic import ValidationError
from redis.exceptions import RedisError
from turnstream.contracts.ids import call_key
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
from turnstream.telemetry import get_logger
from turnstream.tracing.context import own_traceparent, traceparent

from turnstream_worker.attempt import Attempt
from turnstream_worker.tools.call_outcomes import call_ended
from turnstream_worker.tools.remote_events import RemoteEvents

log = get_logger(__name__)

Reply = ToolEventEmitted | ToolCallFinished

_PROGRESS = "progress_update"
_INBOX_LIMIT = 1000
"""Replies of one call that may wait for the assistant. Further events are dropped, no result is."""
KEPT_REPLIES = 100
"""Replies that may stand in Redis after they were read: as many as one read brings."""
SLACK = timedelta(seconds=5)
"""How much longer than the tool's own deadline the worker waits for the service's answer."""


class Toolbox:
    """Knows the catalogue of the tools service, makes calls, and gets their replies."""

    def __init__(
        self, broker: RedisBroker, replies: str, silence: timedelta, longest: timedelta
    ) -> None:
        self._broker = broker
        self._replies = replies
        self._silence = silence.total_seconds()
        self._longest = longest
        self._inboxes: dict[str, asyncio.Queue[Reply]] = {}
        self._read = 0
        self.catalogue = Catalogue(version="", tools=[])
        self._published = asyncio.Event()

    async def refresh(self) -> None:
        """Read the catalogue again. The last one stays while Redis or the tools service is away, or
        when a tools service of another version wrote one that can't be read.
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
            return
        self._published.set()

    async def listed(self, timeout: timedelta) -> None:
        """Wait until a catalogue was read, at most for `timeout`: there may be no tools service.

        Services start side by side, and a worker may be the first. Without the tools it would
        answer as if there were none, and fail turns that it plays back and that called them.
        """
        if not timeout:
            return
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                await self._published.wait()
        except TimeoutError:
            log.warning("no tools service has published a catalogue, turns begin without its tools")

    def deliver(self, reply: Reply) -> None:
        """Give a reply to the call that waits for it. A late one is dropped."""
        inbox = self._inboxes.get(reply.key)
        if inbox is None:
            return
        if inbox.full() and isinstance(reply, ToolEventEmitted):
            log.warning("too many tool events, one dropped", key=reply.key)
            return
        if inbox.full():
            inbox.get_nowait()
        inbox.put_nowait(reply)

    def has_read_enough(self, reply: Reply) -> bool:
        """Count a reply that was read; True when those up to it are to be deleted: after a result,
        and now and then while tools show much before they have one.
        """
        self._read += 1
        return isinstance(reply, ToolCallFinished) or self._read >= KEPT_REPLIES

    async def forget_read(self, entry_id: bytes) -> None:
        """Delete the replies up to this one from Redis: they hold what users and tools said, and
        nobody else reads them.
        """
        self._read = 0
        milliseconds, _, number = entry_id.partition(b"-")
        behind = f"{milliseconds.decode()}-{int(number) + 1}"
        try:
            client = await self._broker.connect()
            await client.xtrim(self._replies, minid=behind, approximate=False)
        except (RedisError, OSError) as error:
            log.warning("replies not deleted", error=str(error))  # the next one deletes them too

    async def call(
        self, attempt: Attempt, spec: ToolSpec, context: ToolContext[Any], arguments: str
    ) -> str:
        """Run a call once, whatever happens to this worker. Returns what the model reads.

        The key names the call for ever. When no reply has come for a while the call is sent again:
        the service then goes on sending the replies of the running call, or sends the recorded
        result. So neither a lost message nor a dead replica leaves the turn waiting.
        """
        key = call_key(attempt.turn_id, context.tool_call_id)
        timeout = min(spec.timeout, self._longest)
        command = CallTool(
            turn_id=attempt.turn_id,
            thread_id=attempt.thread_id,
            tenant=attempt.owner.tenant,
            owner=attempt.owner.user,
            attempt=attempt.number,
            key=key,
            call_id=context.tool_call_id,
            tool=spec.name,
            arguments=arguments,
            reply_to=self._replies,
            timeout=timeout,
            traceparent=traceparent(),
            asked_in=own_traceparent(),
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
        call_ended(context.tool_call_id, succeeded=result.failure is None)
        if result.client_tool is not None and isinstance(context.context, AgentContext):
            context.context.client_tool_call = ClientToolCall(
                name=result.client_tool.name, arguments=result.client_tool.arguments
            )
        return _for_model(result)

    async def _follow(
        self, command: CallTool, inbox: "asyncio.Queue[Reply]", context: object
    ) -> ToolResult:
        """Show events in their order, each once, until the result comes.

        A harmless call whose service died runs again and counts from the start: events that were
        shown are dropped by their numbers, and progress, which nothing keeps, is shown at once. A
        result may come without its events: they went to an earlier attempt that was gone.
        """
        shown, events = 0, RemoteEvents(command.key, context)
        latest = time.monotonic() + (command.timeout + SLACK).total_seconds()
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
                await self._ask(command.model_copy(update={"timeout": remaining}))
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


def _for_model(result: ToolResult) -> str:
    if result.failure is not None:
        failure = {"error": result.failure.value, "detail": result.detail}
        return orjson.dumps(failure).decode()
    if isinstance(result.output, str):
        return result.output
    return orjson.dumps(result.output).decode()
