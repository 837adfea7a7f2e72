"""Which tool calls of an attempt did what they were asked to, and why the others did not.

A run that ends by a tool's name ends by its success: after bad arguments, an exception, a timeout
or a refusal the model reads what happened and goes on.
"""

import copy
from collections.abc import Awaitable
from typing import Any

import orjson
from agents import (
    FunctionTool,
    ModelBehaviorError,
    RunContextWrapper,
    default_tool_error_function,
)
from agents.tool_context import ToolContext
from chatkit.agents import AgentContext
from turnstream.contracts.tools import ToolFailure
from turnstream.logs.words import described
from turnstream.telemetry import get_logger

from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import caller_of_run
from turnstream_worker.sdk.agents_facts import is_mcp_tool
from turnstream_worker.sdk.agents_hooks import InvokeTool, ToolOutcome
from turnstream_worker.tools.mcp.failures import words_for_model

log = get_logger(__name__)

_LONGEST = 500
"""Characters of an error that are logged."""


def _attempt() -> Attempt | None:
    caller = caller_of_run()
    return None if caller is None else caller.attempt


def call_ended(call_id: str, *, succeeded: bool) -> bool:
    """Note how a call ended; the first word on it stays. Returns whether it succeeded."""
    attempt = _attempt()
    if attempt is None:
        return succeeded
    return attempt.ended_calls.setdefault(call_id, succeeded)


def may_end_run(call_id: str) -> bool:
    """True for a call that succeeded in this attempt, and for every call outside an attempt.

    A call that a person or a guardrail refused never ran, so it ends no run either.
    """
    attempt = _attempt()
    return attempt is None or attempt.ended_calls.get(call_id, False)


def tool_failed(
    tool: FunctionTool, context: RunContextWrapper[Any], error: BaseException, words: str | None
) -> str | None:
    """Note and log that a function tool raised. Returns what the model reads of it.

    A client tool of its name is taken back: the page acts after a success only. The SDK's own words
    ask to try again, so those of a tool of an MCP server are replaced.
    """
    attempt = _attempt()
    if attempt is None or not isinstance(context, ToolContext):
        return words
    call_ended(context.tool_call_id, succeeded=False)
    _take_back(context.context, tool.name)
    log.warning(
        "tool failed",
        turn_id=attempt.turn_id,
        tool=tool.name,
        call_id=context.tool_call_id,
        error=described(error)[:_LONGEST],
    )
    if words is None or words != default_tool_error_function(context, Exception()):
        return words
    if is_mcp_tool(tool):
        return words_for_model(tool, error)
    return _bad_arguments(tool, error) or words


def noting_timeouts(invoke: InvokeTool) -> InvokeTool:
    """The same, which also notes a timeout that the app words itself."""

    async def invoke_noting(
        *, function_tool: FunctionTool, context: ToolContext[Any], arguments: str
    ) -> ToolOutcome:
        words = function_tool.timeout_error_function
        if words is not None:

            def noted(running: RunContextWrapper[Any], error: Exception) -> Awaitable[str] | str:
                call_ended(context.tool_call_id, succeeded=False)
                return words(running, error)

            function_tool = copy.copy(function_tool)
            function_tool.timeout_error_function = noted
        return await invoke(function_tool=function_tool, context=context, arguments=arguments)

    return invoke_noting


def _bad_arguments(tool: FunctionTool, error: BaseException) -> str | None:
    """What the tool expects, so that the model can correct its arguments: the SDK keeps it back."""
    if not isinstance(error, ModelBehaviorError):
        return None
    expected = ", ".join(tool.params_json_schema.get("properties", {})) or "none"
    required = ", ".join(tool.params_json_schema.get("required", [])) or "none"
    detail = f"The arguments do not fit. Arguments: {expected}; required: {required}."
    return orjson.dumps({"error": ToolFailure.INVALID_ARGUMENTS, "detail": detail}).decode()


def _take_back(context: object, name: str) -> None:
    if isinstance(context, AgentContext) and (asked := context.client_tool_call):
        context.client_tool_call = None if asked.name == name else asked
