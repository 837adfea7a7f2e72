"""Every kind of tool that the SDK runs happens once, also those that are no functions."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from agents import (
    Agent,
    ApplyPatchTool,
    Computer,
    ComputerTool,
    CustomTool,
    LocalShellTool,
    OpenAIResponsesModel,
    RunContextWrapper,
    RunHooks,
    Runner,
    ShellCallOutcome,
    ShellCommandOutput,
    ShellResult,
    ShellTool,
    Tool,
)
from agents.editor import ApplyPatchOperation, ApplyPatchResult
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.types import ProgressUpdateEvent, ThreadMetadata
from openai import APIConnectionError
from turnstream.testing import MemoryStore

from tests.support.stock import MemoryStore as StockStore
from tests.unit.worker.journaling import begin_attempt, streamed, take_over, whole
from tests.unit.worker.replay.test_recording import NOW
from tests.unit.worker.responses_host import Json, ResponsesHost, response

pytestmark = pytest.mark.usefixtures("journaled")

EFFECTS: list[object] = []
"""What the tools of the test that runs have done."""


@pytest.fixture(autouse=True)
def _no_effects() -> Iterator[None]:
    EFFECTS.clear()
    yield


def did(effect: object, output: Any) -> Any:
    """Do it: each time with another outcome, as commands have it."""
    EFFECTS.append(effect)
    if isinstance(output, Exception):
        raise output
    return output


class Editor:
    """Edits nothing, and says so in each of the three ways that editors may."""

    def create_file(self, operation: ApplyPatchOperation) -> ApplyPatchResult:
        return ApplyPatchResult(output=did(operation.path, f"new, edit {len(EFFECTS)}"))

    async def update_file(self, operation: ApplyPatchOperation) -> str | None:
        answer: str | None = did(operation.path, f"changed, edit {len(EFFECTS)}")
        return answer

    def delete_file(self, operation: ApplyPatchOperation) -> None:
        did(operation.path, ValueError(f"{operation.path} is not yours"))


class Screen(Computer):
    """A computer whose screen changes with each look at it."""

    environment = "ubuntu"
    dimensions = (10, 10)

    def screenshot(self) -> str:
        screen: str = did("looked", f"c2NyZWVu{len(EFFECTS)}")
        return screen

    def click(self, x: int, y: int, button: Any) -> None:
        did("clicked", None)

    def double_click(self, x: int, y: int) -> None: ...
    def scroll(self, x: int, y: int, scroll_x: int, scroll_y: int) -> None: ...
    def type(self, text: str) -> None: ...
    def wait(self) -> None: ...
    def move(self, x: int, y: int) -> None: ...
    def keypress(self, keys: list[str]) -> None: ...
    def drag(self, path: list[tuple[int, int]]) -> None: ...


def shell(output: Callable[[], Any]) -> ShellTool:
    return ShellTool(executor=lambda request: did(request.data.action.commands, output()))


def shell_result() -> ShellResult:
    done = ShellCommandOutput(
        stdout=f"run {len(EFFECTS)}",
        stderr="warned",
        outcome=ShellCallOutcome(type="exit", exit_code=3),
        command="ls",
    )
    return ShellResult(output=[done], max_output_length=40, provider_data={"host": "h"})


def custom(output: Callable[[], Any]) -> CustomTool:
    async def invoke(context: Any, text: str) -> Any:
        return did(text, output())

    return CustomTool(name="sql", description="Asks.", on_invoke_tool=invoke)


SHELL = {"type": "shell_call", "id": "sh_1", "action": {"commands": ["ls"]}}
LOCAL = {
    "type": "local_shell_call",
    "id": "ls_1",
    "action": {"type": "exec", "command": ["ls"], "env": {}},
}
PATCH = {"type": "apply_patch_call", "id": "ap_1"}
CUSTOM = {"type": "custom_tool_call", "id": "ct_1", "name": "sql", "input": "select 1"}
COMPUTER = {
    "type": "computer_call",
    "id": "cu_1",
    "pending_safety_checks": [],
    "action": {"type": "click", "button": "left", "x": 1, "y": 1},
}


def patch(kind: str) -> Json:
    diff = {} if kind == "delete_file" else {"diff": "+x"}
    return {**PATCH, "operation": {"type": kind, "path": "a.txt", **diff}}


KINDS: dict[str, tuple[Json, Callable[[], Tool]]] = {
    "shell, text": (SHELL, lambda: shell(lambda: f"run {len(EFFECTS)}")),
    "shell, result": (SHELL, lambda: shell(shell_result)),
    "shell, failure": (SHELL, lambda: shell(lambda: OSError(f"no disk {len(EFFECTS)}"))),
    "shell, failure without words": (SHELL, lambda: shell(ValueError)),
    "shell, of another type": (SHELL, lambda: shell(lambda: {"code": (len(EFFECTS),)})),
    "local shell": (
        LOCAL,
        lambda: LocalShellTool(executor=lambda _: did("ls", f"run {len(EFFECTS)}")),
    ),
    "patch, new file": (patch("create_file"), lambda: ApplyPatchTool(editor=Editor())),
    "patch, changed file": (patch("update_file"), lambda: ApplyPatchTool(editor=Editor())),
    "patch, failure": (patch("delete_file"), lambda: ApplyPatchTool(editor=Editor())),
    "custom": (CUSTOM, lambda: custom(lambda: f"row {len(EFFECTS)}")),
    "custom, of another type": (CUSTOM, lambda: custom(lambda: (len(EFFECTS), None))),
    "custom, failure": (CUSTOM, lambda: custom(lambda: KeyError(len(EFFECTS)))),
    "computer": (COMPUTER, lambda: ComputerTool(computer=Screen())),
}


def calling(call: Json, *more: Json) -> Json:
    return response({**call, "call_id": "call_1", "status": "completed"}, *more)


@pytest.mark.parametrize("run", [streamed, whole])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_tool_that_ended_is_not_run_again(kind: str, run: Any) -> None:
    """Its outcome is what it was, to the byte, though it would be another one now."""
    call, tool = KINDS[kind]
    (await take_over(calling(call), tool(), run=run)).assert_same()
    assert len(EFFECTS) == (2 if kind == "computer" else 1)


async def test_two_calls_under_one_id_in_two_answers_are_two_calls() -> None:
    """Some hosts number their calls afresh in every answer; commands run in both."""
    host = ResponsesHost(calling(SHELL), calling(SHELL))
    await begin_attempt(MemoryStore(), 1)
    agent = Agent(
        name="a",
        model=OpenAIResponsesModel("m", host.client()),
        tools=[shell(lambda: f"run {len(EFFECTS)}")],
    )
    with pytest.raises(APIConnectionError):
        await streamed(agent, [])

    outputs = [item for item in json.loads(host.bodies[-1])["input"] if "output" in item]
    assert len(EFFECTS) == 2
    assert len({item["call_id"] for item in outputs}) == 2
    assert [item["output"][0]["stdout"] for item in outputs] == ["run 0", "run 1"]


async def test_what_a_command_showed_is_shown_again_and_hooks_run_again() -> None:
    """As with functions: the app's hooks see the tool by its name and its outcome."""
    store, heard, shown = MemoryStore(), list[tuple[str, object]](), list[str]()

    class Hooks(RunHooks[Any]):
        async def on_tool_end(self, context: Any, agent: Any, tool: Any, result: Any) -> None:
            heard.append((tool.name, result))

    async def execute(request: Any) -> str:
        context: RunContextWrapper[AgentContext[Any]] = request.ctx_wrapper
        await context.context.stream(ProgressUpdateEvent(text="listing"))
        output: str = did("ls", "a.txt")
        return output

    for number in (1, 2):
        await begin_attempt(store, number)
        host = ResponsesHost(*[calling(SHELL)] * (number == 1))
        model = OpenAIResponsesModel("m", host.client())
        agent = Agent[AgentContext[Any]](name="a", model=model, tools=[ShellTool(executor=execute)])
        thread, chats = ThreadMetadata(id="thr_1", created_at=NOW), StockStore()
        await chats.save_thread(thread, {})
        context: AgentContext[Any] = AgentContext(thread=thread, store=chats, request_context={})
        result = Runner.run_streamed(agent, "go", context=context, hooks=Hooks())
        with pytest.raises(APIConnectionError):
            async for event in stream_agent_response(context, result):
                if isinstance(event, ProgressUpdateEvent):
                    shown.append(event.text)

    assert EFFECTS == ["ls"]
    assert heard == [("shell", "a.txt")] * 2
    assert shown == ["listing"] * 2
