"""Tools of the tools service, as tools of an agent.

The worker knows no tool by name: it offers what the catalogue lists.
"""

from typing import Any

from agents import FunctionTool, Tool
from agents.tool_context import ToolContext
from turnstream.contracts.tools import ToolSpec

from turnstream_worker.callers import current_attempt
from turnstream_worker.tools.toolbox import Toolbox, toolbox


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


def is_remote(tool: Tool) -> bool:
    """True for a tool that `remote_tools` made, or a copy of one."""
    return isinstance(tool, FunctionTool) and isinstance(tool.on_invoke_tool, _RemoteCall)


class _RemoteCall:
    """Calls one tool of the tools service."""

    def __init__(self, box: Toolbox, spec: ToolSpec) -> None:
        self._box = box
        self._spec = spec

    async def __call__(self, context: ToolContext[Any], arguments: str) -> str:
        attempt = current_attempt.get()
        if attempt is None:
            raise RuntimeError(f"{self._spec.name} can only be called in a turn")
        # Some servers send null or nothing for a call without arguments.
        return await self._box.call(attempt, self._spec, context, arguments or "{}")


def _function_tool(box: Toolbox, spec: ToolSpec) -> FunctionTool:
    return FunctionTool(
        name=spec.name,
        description=spec.description,
        params_json_schema=spec.parameters,
        on_invoke_tool=_RemoteCall(box, spec),
        strict_json_schema=spec.strict,
        needs_approval=spec.needs_approval,
    )
