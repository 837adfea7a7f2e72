"""Function tools that run inside the worker happen once, when they have ended.

A tool's output is recorded with what it showed, under its call id; a second attempt gets both
without running it. A function that was cut off in the middle runs again; one that must not belongs
in the tools service, which keeps a ledger of calls. A tool of an MCP server that was cut off does
not run again, unless the server calls it read-only or idempotent: it is recorded as begun, and the
model is told that the outcome is unknown. Remote tools and agents used as tools pass through: the
first have the ledger, the second journal their own model calls.
"""

from typing import Any

import orjson
from agents import FunctionTool
from agents.tool_context import ToolContext
from chatkit.agents import AgentContext, ClientToolCall
from chatkit.types import ThreadStreamEvent
from turnstream.contracts.tools import ToolFailure

from turnstream_worker import chatkit_json
from turnstream_worker.attempt import id_scope
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.recording import recording
from turnstream_worker.sdk.agents_facts import is_agent_tool, is_mcp_tool
from turnstream_worker.sdk.agents_hooks import InvokeTool, ToolOutcome
from turnstream_worker.tools.remote_tools import is_remote

UNKNOWN = orjson.dumps(
    {
        "error": ToolFailure.OUTCOME_UNKNOWN,
        "detail": "The call began and was cut off. It was not made again: check what came of it.",
    }
).decode()


async def run_function_tool(
    invoke: InvokeTool,
    journal: Journal,
    tool: FunctionTool,
    context: ToolContext[Any],
    arguments: str,
) -> ToolOutcome:
    """Run a function tool, or give what it gave before."""
    scope = id_scope.set(context.tool_call_id)
    try:
        await journal.committed()
        if is_remote(tool) or is_agent_tool(tool):
            return await invoke(function_tool=tool, context=context, arguments=arguments)
        return await _once(invoke, journal, tool, context, arguments)
    finally:
        id_scope.reset(scope)


async def _once(
    invoke: InvokeTool,
    journal: Journal,
    tool: FunctionTool,
    context: ToolContext[Any],
    arguments: str,
) -> ToolOutcome:
    key = f"tool_{context.tool_call_id}"
    recorded = journal.recorded(key)
    if recorded is not None:
        await _show_again(context.context, recorded)
        return ToolOutcome(recorded["output"], recorded["sdk_error"])
    if _must_not_repeat(tool):
        begun = f"begun_{context.tool_call_id}"
        if journal.recorded(begun) is not None:
            return ToolOutcome(UNKNOWN, True)
        journal.record(begun, True)
        await journal.committed()
    with recording() as shown:
        outcome = await invoke(function_tool=tool, context=context, arguments=arguments)
    journal.record(key, _record(outcome, shown, context.context))
    return outcome


def _must_not_repeat(tool: FunctionTool) -> bool:
    """True for a tool of an MCP server that does not call it harmless to repeat."""
    hints = tool.mcp_annotations
    harmless = hints is not None and (hints.read_only_hint or hints.idempotent_hint)
    return is_mcp_tool(tool) and not harmless


def _record(
    outcome: ToolOutcome, shown: list[ThreadStreamEvent], context: object
) -> dict[str, object]:
    """The record of a call; None when its output is no plain data, and it would run again."""
    client_call = getattr(context, "client_tool_call", None)
    return {
        "output": outcome.output,
        "sdk_error": outcome.is_sdk_generated_error,
        "events": [chatkit_json.event_document(event) for event in shown],
        "client_call": client_call.model_dump() if client_call else None,
    }


async def _show_again(context: object, recorded: dict[str, Any]) -> None:
    if not isinstance(context, AgentContext):
        return
    for document in recorded["events"]:
        await context.stream(chatkit_json.load_event(document))
    if recorded["client_call"] is not None:
        context.client_tool_call = ClientToolCall.model_validate(recorded["client_call"])
