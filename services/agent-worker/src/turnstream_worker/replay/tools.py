"""The tool seam: function tools that run inside the worker happen once when they have ended.

A tool's output is recorded with what it showed, under its call id; a second attempt gets both
without running it. A function that was cut off in the middle runs again: what must not, belongs
into the tools service, whose ledger knows. A tool of an MCP server that was cut off does not run
again, unless the server calls it read-only or idempotent: it is recorded as begun, and the model is
told that the outcome is unknown. Remote tools and agents used as tools pass through: the first
have the ledger, the second journal their own model calls.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from agents.tool import _FunctionToolInvocationResult
from chatkit.agents import AgentContext, ClientToolCall
from chatkit.types import ThreadStreamEvent
from turnstream.contracts.tools import ToolFailure

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import id_scope
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.recording import recording
from turnstream_worker.tools.remote import is_remote

UNKNOWN = orjson.dumps(
    {
        "error": ToolFailure.OUTCOME_UNKNOWN,
        "detail": "The call began and was cut off. It was not made again: check what came of it.",
    }
).decode()
Invoke = Callable[..., Awaitable[Any]]


async def run_function_tool(
    invoke: Invoke, journal: Journal, tool: Any, context: Any, arguments: str
) -> Any:
    """Run a function tool, or give what it gave before."""
    scope = id_scope.set(context.tool_call_id)
    try:
        await journal.settled()
        if is_remote(tool) or getattr(tool, "_is_agent_tool", False):
            return await invoke(function_tool=tool, context=context, arguments=arguments)
        return await _once(invoke, journal, tool, context, arguments)
    finally:
        id_scope.reset(scope)


async def _once(invoke: Invoke, journal: Journal, tool: Any, context: Any, arguments: str) -> Any:
    key = f"tool_{context.tool_call_id}"
    recorded = journal.recorded(key)
    if recorded is not None:
        await _show_again(context.context, recorded)
        return _FunctionToolInvocationResult(recorded["output"], recorded["sdk_error"])
    if _must_not_repeat(tool):
        begun = f"begun_{context.tool_call_id}"
        if journal.recorded(begun) is not None:
            return _FunctionToolInvocationResult(UNKNOWN, True)
        journal.record(begun, "true")
        await journal.settled()
    with recording() as shown:
        result = await invoke(function_tool=tool, context=context, arguments=arguments)
    record = _record(result, shown, context.context)
    if record is not None:
        journal.record(key, record)
    return result


def _must_not_repeat(tool: Any) -> bool:
    """True for a tool of an MCP server that does not call it harmless to repeat."""
    if getattr(tool, "_mcp_tool_binding", None) is None:
        return False
    hints = getattr(tool, "_mcp_annotations", None)
    return not (hints and (hints.read_only_hint or hints.idempotent_hint))


def _record(result: Any, shown: list[ThreadStreamEvent], context: Any) -> str | None:
    """The record of a call; None when its output is no plain data, and it would run again."""
    client_call = getattr(context, "client_tool_call", None)
    record = {
        "output": result.output,
        "sdk_error": result.is_sdk_generated_error,
        "events": [orjson.loads(chatkit_json.dump_event(event)) for event in shown],
        "client_call": client_call.model_dump() if client_call else None,
    }
    try:
        return orjson.dumps(record).decode()
    except orjson.JSONEncodeError:
        return None


async def _show_again(context: Any, recorded: dict[str, Any]) -> None:
    if not isinstance(context, AgentContext):
        return
    for document in recorded["events"]:
        await context.stream(chatkit_json.load_event(document))
    if recorded["client_call"] is not None:
        context.client_tool_call = ClientToolCall.model_validate(recorded["client_call"])
