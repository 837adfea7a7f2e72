"""The hooks of an exported workflow: what they reach, and what they leave alone."""

import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from turnstream_worker.agent_builder.export import load_export
from turnstream_worker.agent_builder.hooks import APPROVAL, HISTORY, STATE, hooked
from turnstream_worker.loading import AssistantNotLoaded

from tests.unit.worker.agent_builder import odd_exports

HERE = odd_exports.__name__


class Given:
    """Hooks that give fixed values."""

    def state(self, first: dict[str, Any]) -> dict[str, Any]:
        return {**first, "count": 41}

    def history(self, messages: list[Any]) -> list[Any]:
        return ["earlier", *messages]

    def approve(self, message: str) -> bool:
        return message == "never"

    async def search(self, ask: Callable[[], Any]) -> AsyncIterator[Any]:
        for each in ask():
            yield each


async def test_hooks_stand_where_the_export_begins_its_values() -> None:
    """State, history and the stub of an approval; not what the developer wrote, nor inner names."""
    copy = hooked(odd_exports.run_workflow)
    assert copy.found == {STATE, HISTORY, APPROVAL}
    result = await copy.bind(Given())(odd_exports.WorkflowInput(input_as_text="hi"))
    assert result["state"] == {"count": 42}
    assert result["inner"] == {"inner": 1}
    assert result["history"][0] == "earlier"
    assert (result["asked"], result["own"]) == (False, True)


async def test_the_export_itself_stays_as_it_is() -> None:
    """Anyone who calls the module's function gets the module's behaviour."""
    hooked(odd_exports.run_workflow).bind(Given())
    result = await odd_exports.run_workflow(odd_exports.WorkflowInput(input_as_text="hi"))
    assert result["state"] == {"count": 1}
    assert result["asked"] is True


async def test_a_failure_names_the_line_of_the_export() -> None:
    """Tracebacks of the copy point into the file that its developer has."""
    copy = hooked(odd_exports.raises).bind(Given())
    with pytest.raises(ValueError, match="on this line") as raised:
        await copy(odd_exports.WorkflowInput(input_as_text="hi"))
    frame = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert (Path(frame.filename).name, frame.lineno) == ("odd_exports.py", 60)


async def test_a_workflow_that_cant_be_read_runs_as_it_is() -> None:
    """One that a function made keeps its closure, and gets no hooks."""
    export = load_export(f"{HERE}:closure")
    assert await export.bind(Given())(export.input("hi", {})) == "closure"


def test_fields_beside_the_text_are_state_variables() -> None:
    """An input class with a field of a variable's name gets the variable."""
    export = load_export(f"{HERE}:run_workflow")
    given: Any = export.input("hi", {"plan": "pro", "other": 1})
    assert (given.input_as_text, given.plan) == ("hi", "pro")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("run_workflow", "is not of the form module:function"),
        ("no_such_module:run_workflow", "PYTHONPATH"),
        (f"{HERE}:missing", "has no async function missing"),
        (f"{HERE}:plain", "has no async function plain"),
        (
            "tests.e2e.agent_builder_exports.guardrails_first:run_workflow",
            "pip install openai-guardrails",
        ),
    ],
)
def test_what_cant_be_loaded_says_what_to_do(path: str, told: str) -> None:
    """The message names the setting, and the package that an export needs."""
    with pytest.raises(AssistantNotLoaded, match=told) as refused:
        load_export(path)
    assert f"WORKFLOW={path!r}" in str(refused.value)
