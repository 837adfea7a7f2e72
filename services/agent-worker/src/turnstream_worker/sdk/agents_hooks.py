"""Two functions of the Agents SDK through which every model and every function tool goes.

`run_loop.get_model` gives every model a run uses: named by string or by instance, behind handoffs
and inside agents used as tools. `tool_execution._invoke_function_tool_with_metadata` runs every
function tool. Both are replaced here; `wrap_models` and `wrap_tools` say by what.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from agents import Agent, FunctionTool, RunConfig
from agents.models.interface import Model
from agents.run_internal import run_loop, tool_execution
from agents.tool import _FunctionToolInvocationResult as ToolOutcome
from agents.tool_context import ToolContext

__all__ = ["InvokeTool", "ToolOutcome", "wrap_models", "wrap_tools"]


class InvokeTool(Protocol):
    """Runs a function tool once."""

    def __call__(
        self, *, function_tool: FunctionTool, context: ToolContext[Any], arguments: str
    ) -> Awaitable[ToolOutcome]:
        """What the tool gave, and whether the SDK made it of a failure."""


_tools: Any = tool_execution
_get_model = run_loop.get_model
_invoke_tool: InvokeTool = _tools._invoke_function_tool_with_metadata


def wrap_models(wrap: Callable[[str, Model], Model]) -> None:
    """Use `wrap(agent's name, model)` for every model call of every run. The last call decides."""

    def get_model(agent: Agent[Any], run_config: RunConfig) -> Model:
        return wrap(agent.name, _get_model(agent, run_config))

    run_loop.get_model = get_model


def wrap_tools(wrap: Callable[[InvokeTool], InvokeTool]) -> None:
    """Use `wrap(invoke)` to invoke every function tool. The last call decides."""
    _tools._invoke_function_tool_with_metadata = wrap(_invoke_tool)
