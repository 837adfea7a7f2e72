"""The tools that the SDK runs beside functions: shells, patches, a computer, custom tools.

Each has an action class in the SDK, whose `execute` asks for approval, calls hooks and the app's
code, and makes of the outcome what the model reads. Only the call of the app's code is replaced: a
copy of the tool is executed whose code goes through `RunStep`.
"""

import copy
import inspect
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Protocol

from agents import ApplyPatchTool, CustomTool, LocalShellTool, RunContextWrapper, ShellTool
from agents.items import RunItem
from agents.run_internal.tool_actions import (
    ApplyPatchAction,
    ComputerAction,
    CustomToolAction,
    LocalShellAction,
    ShellAction,
)
from openai.types.responses import ResponseComputerToolCall


@dataclass(frozen=True)
class NativeCall:
    """A step of a call: the n-th thing that the app's code is asked for."""

    call_id: str
    context: object
    """The context of the run, as the app made it."""
    tells_failures: bool = True
    """Whether the model is told when the app's code raises. Else the run fails."""
    step: int = 0


class RunStep(Protocol):
    """Does a step, or gives what it gave before."""

    def __call__(
        self, call: NativeCall, run: Callable[[], Awaitable[object]], /
    ) -> Awaitable[object]:
        """What the app's code gave."""


class _CallWithTool(Protocol):
    """A call that a model made, with the tool that it is for."""

    tool_call: object


Steps = Callable[..., Awaitable[object]]
"""Calls the app's code: with a function of it, and that function's arguments."""

EXECUTE = "execute"
_TOOLS: dict[object, str] = {
    ApplyPatchAction: "apply_patch_tool",
    CustomToolAction: "custom_tool",
    LocalShellAction: "local_shell_tool",
    ShellAction: "shell_tool",
}
"""The actions that ask the app's code directly, and where their calls keep the tool."""

_execute: dict[object, Callable[..., Awaitable[RunItem]]] = {
    action: getattr(action, EXECUTE) for action in (*_TOOLS, ComputerAction)
}
_screen = ComputerAction._execute_action_and_capture
_computer_call: ContextVar[NativeCall] = ContextVar("computer_call")


def wrap_native_tools(run_step: RunStep) -> None:
    """Use `run_step` for every step of every such tool. The last call decides."""
    for action, field in _TOOLS.items():
        setattr(action, EXECUTE, _executing(action, field, run_step))
    _wrap_computer(run_step)


def _executing(action: object, field: str, run_step: RunStep) -> Callable[..., Awaitable[RunItem]]:
    async def execute(
        *, call: _CallWithTool, context_wrapper: RunContextWrapper[object], **rest: object
    ) -> RunItem:
        same, tool = copy.copy(call), copy.copy(getattr(call, field))
        begun = NativeCall(
            _call_id(call.tool_call),
            context_wrapper.context,
            tells_failures=action is not LocalShellAction,
        )
        _step_by_step(tool, partial(_step, run_step, begun, count()))
        setattr(same, field, tool)
        return await _execute[action](call=same, context_wrapper=context_wrapper, **rest)

    return execute


async def _step(
    run_step: RunStep,
    call: NativeCall,
    numbers: "count[int]",
    function: Callable[..., object],
    *arguments: object,
) -> object:
    async def run() -> object:
        result = function(*arguments)
        return await result if inspect.isawaitable(result) else result

    return await run_step(replace(call, step=next(numbers)), run)


def _step_by_step(tool: object, steps: Steps) -> None:
    """Let what a tool calls of its app go through `steps`."""
    match tool:
        case ShellTool() if tool.executor is not None:
            tool.executor = partial(steps, tool.executor)  # type: ignore[assignment]
        case LocalShellTool():
            tool.executor = partial(steps, tool.executor)  # type: ignore[assignment]
        case CustomTool():
            tool.on_invoke_tool = partial(steps, tool.on_invoke_tool)
        case ApplyPatchTool():
            tool.editor = _Editor(tool.editor, steps)  # type: ignore[assignment]
        case _:
            pass


class _Editor:
    """An app's editor, each of whose operations is a step."""

    def __init__(self, editor: object, steps: Steps) -> None:
        self._editor = editor
        self._steps = steps

    def __getattr__(self, name: str) -> object:
        given: Callable[..., object] = getattr(self._editor, name)
        changes = name in {"create_file", "update_file", "delete_file"}
        return partial(self._steps, given) if changes else given


def _wrap_computer(run_step: RunStep) -> None:
    """A call is one step: its actions, and the screenshot that the model gets."""

    async def execute(
        *, action: _CallWithTool, context_wrapper: RunContextWrapper[object], **rest: object
    ) -> RunItem:
        call = NativeCall(_call_id(action.tool_call), context_wrapper.context, tells_failures=False)
        token = _computer_call.set(call)
        try:
            return await _execute[ComputerAction](
                action=action, context_wrapper=context_wrapper, **rest
            )
        finally:
            _computer_call.reset(token)

    async def capture(computer: object, tool_call: ResponseComputerToolCall) -> object:
        return await run_step(_computer_call.get(), partial(_screen, computer, tool_call))

    setattr(ComputerAction, EXECUTE, execute)
    ComputerAction._execute_action_and_capture = capture  # type: ignore[method-assign, assignment]


def _call_id(tool_call: object) -> str:
    given = tool_call.get if isinstance(tool_call, dict) else partial(getattr, tool_call)
    return str(given("call_id", None) or given("id", None))
