"""Two functions of the Agents SDK that decide what becomes of a tool call which ended.

`tool.maybe_invoke_function_tool_failure_error_function` words the failure of a function tool for
the model; `turn_resolution.check_for_final_output_from_tools` ends a run by a tool's name. Both are
replaced here: the first so that failures are known, the second so that a failure ends no run.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import agents.tool
from agents import Agent, FunctionTool, RunContextWrapper, ToolsToFinalOutputResult
from agents.run_internal import tool_execution, turn_resolution
from agents.tool import FunctionToolResult

__all__ = ["FailureListener", "end_runs_by", "hear_failures"]

_tool: Any = agents.tool
_execution: Any = tool_execution
_resolution: Any = turn_resolution

_word: Callable[..., Awaitable[str | None]] = (
    _tool.maybe_invoke_function_tool_failure_error_function
)
_check: Callable[..., Awaitable[ToolsToFinalOutputResult]] = (
    _resolution.check_for_final_output_from_tools
)


class FailureListener(Protocol):
    """Hears of the failure of a function tool, and may change what the model reads of it."""

    def __call__(
        self,
        tool: FunctionTool,
        context: RunContextWrapper[Any],
        error: BaseException,
        words: str | None,
    ) -> str | None:
        """`words` is what the model would read; None when the error goes on to the run."""


def hear_failures(hear: FailureListener) -> None:
    """Call `hear` for each failure of a function tool. The last call decides."""

    async def word(
        *, function_tool: FunctionTool, context: RunContextWrapper[Any], error: BaseException
    ) -> str | None:
        words = await _word(function_tool=function_tool, context=context, error=error)
        return hear(function_tool, context, error, words)

    _tool.maybe_invoke_function_tool_failure_error_function = word
    _execution.maybe_invoke_function_tool_failure_error_function = word


def end_runs_by(may_end: Callable[[str], bool]) -> None:
    """Let a call end its run only where `may_end(call id)` is true. The last call decides.

    This is about `stop_on_first_tool` and `StopAtTools`. A function of the app gets every result
    and decides for itself.
    """

    async def check(
        agent: Agent[Any], results: list[FunctionToolResult], context: RunContextWrapper[Any]
    ) -> ToolsToFinalOutputResult:
        if not callable(agent.tool_use_behavior):
            results = [each for each in results if may_end(_call_id(each))]
        return await _check(agent, results, context)

    _resolution.check_for_final_output_from_tools = check


def _call_id(result: FunctionToolResult) -> str:
    raw = getattr(result.run_item, "raw_item", None)
    found = raw.get("call_id") if isinstance(raw, dict) else getattr(raw, "call_id", None)
    return str(found or "")
