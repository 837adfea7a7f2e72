"""Tools that run inside the worker happen once, when they have ended.

A tool's output is recorded with what it showed, under its call id; a second attempt gets both
without running it. That holds for every kind of tool that the SDK runs: functions, shell commands,
patches, a computer, custom tools. One that was cut off in the middle runs again; one that must not
belongs in the tools service, which keeps a ledger of calls. A tool of an MCP server that was cut
off does not run again, unless the server calls it read-only or idempotent: it is recorded as begun,
and the model is told that the outcome is unknown. Remote tools and agents used as tools pass
through: the first have the ledger, the second journal their own model calls.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

import orjson
from agents import FunctionTool
from agents.tool_context import ToolContext
from chatkit.agents import AgentContext, ClientToolCall
from chatkit.types import ThreadStreamEvent
from pydantic import ValidationError
from turnstream import tool_metrics
from turnstream.contracts.tools import ToolFailure
from turnstream.contracts.turns import Json
from turnstream.telemetry import get_logger

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import id_scope
from turnstream_worker.callers import contained
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.metrics import TOOL_PLAYBACKS
from turnstream_worker.replay.recording import recording
from turnstream_worker.replay.tool_outputs import Read, output_of, record_of
from turnstream_worker.sdk.agents_facts import is_agent_tool, is_mcp_tool, read_by_model
from turnstream_worker.sdk.agents_hooks import InvokeTool, ToolOutcome
from turnstream_worker.sdk.native_tools import NativeCall
from turnstream_worker.spans.tool_calls import tell_playback
from turnstream_worker.tools.call_outcomes import call_ended
from turnstream_worker.tools.remote_tools import is_remote

log = get_logger(__name__)

Result = TypeVar("Result")
UNKNOWN = orjson.dumps(
    {
        "error": ToolFailure.OUTCOME_UNKNOWN,
        "detail": "The call began and was cut off. It was not made again: check what came of it.",
    }
).decode()


BeforeCall = Callable[[str, str], None]
"""Takes the name of a tool and its arguments."""
before_call: ContextVar[BeforeCall | None] = ContextVar("before_call", default=None)
"""Called before a tool's code runs in this process. An exception ends the run. The replay of a
recording raises one for a call that was not recorded."""


NATIVE = "native"
"""What metrics call the tools of the SDK's own: shells, patches, a computer, custom tools."""


class RecordedFailure(Exception):
    """A tool raised in an earlier attempt, and the model was told this."""


async def run_function_tool(
    invoke: InvokeTool,
    journal: Journal,
    tool: FunctionTool,
    context: ToolContext[Any],
    arguments: str,
) -> ToolOutcome:
    """Run a function tool, or give what it gave before."""

    async def call() -> ToolOutcome:
        outcome = invoke(function_tool=tool, context=context, arguments=arguments)
        return await contained(outcome)

    scope = id_scope.set(context.tool_call_id)
    try:
        await journal.committed()
        if is_remote(tool) or is_agent_tool(tool):
            return await call()
        return await _function_once(call, journal, tool, context)
    finally:
        id_scope.reset(scope)


async def _function_once(
    call: Callable[[], Awaitable[ToolOutcome]],
    journal: Journal,
    tool: FunctionTool,
    context: ToolContext[Any],
) -> ToolOutcome:
    key, read = f"tool_{context.tool_call_id}", partial(read_by_model, tool, context)
    recorded = await _recorded(journal, key, context.context)
    if recorded is not None:
        tell_playback()
        call_ended(context.tool_call_id, succeeded=bool(recorded.get("succeeded", True)))
        return ToolOutcome(output_of(recorded, read), bool(recorded.get("sdk_error")))
    if (hook := before_call.get()) is not None:
        hook(tool.name, str(context.tool_arguments))
    if _must_not_repeat(tool):
        begun = f"begun_{context.tool_call_id}"
        if journal.recorded(begun) is not None:
            return ToolOutcome(UNKNOWN, True)
        journal.record(begun, True)
        await journal.committed()
    with recording() as shown:
        outcome = await _timed(tool.name, call)
    more = {
        "sdk_error": outcome.is_sdk_generated_error,
        "succeeded": call_ended(context.tool_call_id, succeeded=not outcome.is_sdk_generated_error),
        **_shown(shown, context.context),
    }
    _record(journal, key, outcome.output, read, more)
    return outcome


async def run_native_step(
    journal: Journal, call: NativeCall, run: Callable[[], Awaitable[object]]
) -> object:
    """Do a step of a tool that is no function, or give what it gave before."""
    scope = id_scope.set(call.call_id)
    try:
        await journal.committed()
        return await _native_once(journal, call, run)
    finally:
        id_scope.reset(scope)


async def _native_once(
    journal: Journal, call: NativeCall, run: Callable[[], Awaitable[object]]
) -> object:
    key = f"tool_{call.call_id}" + (f"_{call.step}" if call.step else "")
    recorded = await _recorded(journal, key, call.context)
    if recorded is not None:
        tell_playback()
        if "raised" in recorded:
            raise RecordedFailure(recorded["raised"])
        return output_of(recorded, str)
    if (hook := before_call.get()) is not None:
        hook("a tool of the SDK's own", call.call_id)
    with recording() as shown:
        try:
            output = await _timed(NATIVE, partial(contained, run()))
        except Exception as error:
            if call.tells_failures:
                raised = str(error) or type(error).__name__
                journal.record(key, {"raised": raised, **_shown(shown, call.context)})
            raise
    _record(journal, key, output, str, _shown(shown, call.context))
    return output


async def _timed(tool: str, call: Callable[[], Awaitable[Result]]) -> Result:
    """Make a call, and count it."""
    began, outcome = time.monotonic(), "raised"
    try:
        result = await call()
        failed = isinstance(result, ToolOutcome) and result.is_sdk_generated_error
        outcome = "failed" if failed else "ok"
    except asyncio.CancelledError:
        outcome = "cancelled"
        raise
    finally:
        tool_metrics.ended(tool, outcome, time.monotonic() - began)
    return result


def _must_not_repeat(tool: FunctionTool) -> bool:
    """True for a tool of an MCP server that does not call it harmless to repeat."""
    hints = tool.mcp_annotations
    harmless = hints is not None and (hints.read_only_hint or hints.idempotent_hint)
    return is_mcp_tool(tool) and not harmless


def _record(
    journal: Journal, key: str, output: object, read: Read, more: dict[str, object]
) -> None:
    try:
        record = record_of(output, read)
    except Exception as error:  # `str` of an app's object: the SDK fails as well
        log.warning("a tool's output can't be read", key=key, error=error)
        return
    journal.record(key, {**record, **more})


def _shown(shown: list[ThreadStreamEvent], context: object) -> dict[str, object]:
    """What a call showed, for its record."""
    client_call = getattr(context, "client_tool_call", None)
    return {
        "events": [chatkit_json.event_document(event) for event in shown],
        "client_call": client_call.model_dump(mode="json") if client_call else None,
    }


async def _recorded(journal: Journal, key: str, context: object) -> Json | None:
    """The record of a call, after what it showed was shown again; None without a record."""
    recorded = journal.recorded(key)
    if recorded is None:
        return None
    if not isinstance(recorded, dict) or not recorded.keys() & {"output", "raised"}:
        journal.distrust(key, recorded)
        return None
    TOOL_PLAYBACKS.inc()
    if isinstance(context, AgentContext):
        for document in recorded.get("events") or ():
            await _show(context, document)
        if recorded.get("client_call") is not None:
            context.client_tool_call = ClientToolCall.model_construct(**recorded["client_call"])
    return recorded


async def _show(context: AgentContext[Any], document: Json) -> None:
    try:
        event = chatkit_json.load_event(document)
    except ValidationError as error:
        log.warning("an event of a tool could not be shown again", error=error)
        return
    await context.stream(event)
