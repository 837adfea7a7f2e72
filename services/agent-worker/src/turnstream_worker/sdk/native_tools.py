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
from typing import Any, Protocol

from agents import ApplyPatchTool, CustomTool, LocalShellTool, RunContextWrapper, ShellTool
from agents.run_internal.tool_actions import (
    ApplyPatchAction,
    ComputerAction,
    CustomToolAction,
    LocalShellAction,
    ShellAction,
)


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


Steps = Callable[..., Awaitable[object]]
"""Calls the app's code: with a function of it, and that function's arguments."""

_execute: dict[object, Callable[..., Awaitable[Any]]] = {
    action: action.execute
    for action in (
        ApplyPatchAction,
        ComputerAction,
        CustomToolAction,
        LocalShellAction,
        ShellAction,
    )
}
_screen = ComputerAction._execute_action_and_capture
_computer_call: ContextVar[NativeCall] = ContextVar("computer_call")


def wrap_native_tools(run_step: RunStep) -> None:
    """Use `run_step` for every step of every such tool. The last call decides."""
    _wrap(ShellAction, "shell_tool", run_step, _shell)
    _wrap(LocalShellAction, "local_shell_tool", run_step, _local_shell, tells_failures=False)
    _wrap(ApplyPatchAction, "apply_patch_tool", run_step, _patch)
    _wrap(CustomToolAction, "custom_tool", run_step, _custom)
    _wrap_computer(run_step)


def _wrap(
    action: Any,
    field: str,
    run_step: RunStep,
    stepping: Callable[[Any, Steps], None],
    *,
    tells_failures: bool = True,
) -> None:
    async def execute(*, call: Any, context_wrapper: RunContextWrapper[Any], **rest: Any) -> Any:
        begun = NativeCall(_call_id(call.tool_call), context_wrapper.context, tells_failures)
        tool = copy.copy(getattr(call, field))
        stepping(tool, partial(_step, run_step, begun, count()))
        same = replace(call, **{field: tool})
        return await _execute[action](call=same, context_wrapper=context_wrapper, **rest)

    action.execute = execute


async def _step(
    run_step: RunStep, call: NativeCall, numbers: "count[int]", function: Any, *arguments: object
) -> object:
    async def run() -> object:
        result = function(*arguments)
        return await result if inspect.isawaitable(result) else result

    return await run_step(replace(call, step=next(numbers)), run)


def _shell(tool: ShellTool, steps: Steps) -> None:
    if tool.executor is not None:
        tool.executor = partial(steps, tool.executor)  # type: ignore[assignment]


def _local_shell(tool: LocalShellTool, steps: Steps) -> None:
    tool.executor = partial(steps, tool.executor)  # type: ignore[assignment]


def _custom(tool: CustomTool, steps: Steps) -> None:
    tool.on_invoke_tool = partial(steps, tool.on_invoke_tool)


def _patch(tool: ApplyPatchTool, steps: Steps) -> None:
    tool.editor = _Editor(tool.editor, steps)


class _Editor:
    """An app's editor, each of whose operations is a step."""

    def __init__(self, editor: object, steps: Steps) -> None:
        self._editor = editor
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        given = getattr(self._editor, name)
        changes = name in {"create_file", "update_file", "delete_file"}
        return partial(self._steps, given) if changes else given


def _wrap_computer(run_step: RunStep) -> None:
    """A call is one step: its actions, and the screenshot that the model gets."""

    async def execute(*, action: Any, context_wrapper: RunContextWrapper[Any], **rest: Any) -> Any:
        call = NativeCall(_call_id(action.tool_call), context_wrapper.context, tells_failures=False)
        token = _computer_call.set(call)
        try:
            return await _execute[ComputerAction](
                action=action, context_wrapper=context_wrapper, **rest
            )
        finally:
            _computer_call.reset(token)

    async def capture(computer: Any, tool_call: Any) -> Any:
        return await run_step(_computer_call.get(), partial(_screen, computer, tool_call))

    ComputerAction.execute = execute  # type: ignore[method-assign]
    ComputerAction._execute_action_and_capture = capture  # type: ignore[method-assign]


def _call_id(tool_call: object) -> str:
    given = tool_call.get if isinstance(tool_call, dict) else partial(getattr, tool_call)
    return str(given("call_id", None) or given("id", None))
