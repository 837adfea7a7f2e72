"""A tool runs once, whatever it gives, and the model reads the same after a crash."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from agents import (
    Agent,
    FunctionToolResult,
    RunContextWrapper,
    Runner,
    ToolOutputFileContent,
    ToolOutputImage,
    ToolOutputText,
    ToolsToFinalOutputResult,
    function_tool,
)
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from pydantic import BaseModel, Field
from turnstream.testing import MemoryStore
from turnstream_worker.thread.writes import Writes

from tests.unit.worker.attempts import an_attempt, let_run
from tests.unit.worker.journaling import begin_attempt, take_over
from tests.unit.worker.responses_host import CALL, Json, response

pytestmark = pytest.mark.usefixtures("journaled")


class Receipt(BaseModel):
    """What a shop gives."""

    number: str
    paid: bool = True
    to_whom: str = Field(default="us", alias="toWhom")


@dataclass
class Place:
    city: str
    near: "Place | None" = None


class Colour(Enum):
    RED = "red"


class Size(StrEnum):
    SMALL = "small"


class Pair(NamedTuple):
    name: str
    number: int


def endless() -> list[object]:
    """JSON can't hold it, and Python says `[[...]]`."""
    own: list[object] = []
    own.append(own)
    return own


class Opaque:
    """Nothing can be built of it."""

    def __str__(self) -> str:
        return "opaque"


PNG = "data:image/png;base64,iVBORw0KGgo="
OUTPUTS: dict[str, Callable[[], object]] = {
    "text": lambda: "plain",
    "text beyond UTF-8's reach": lambda: "grün 🎉 \u2028",
    "half a character": lambda: "a \ud83d",
    "U+0000": lambda: {"a": "b\0c"},
    "nothing": lambda: None,
    "bool": lambda: True,
    "dict": lambda: {"a": [1, 2.5, None, "x"], "b": {}},
    "empty list": list,
    "nan": lambda: float("nan"),
    "infinity, nested": lambda: {"x": [float("inf"), -0.0]},
    "big integer": lambda: 2**70,
    "integer keys": lambda: {1: "one", (2, 3): "two"},
    "tuple": lambda: (1, "two", (3,)),
    "set": lambda: {"one"},
    "frozen set": lambda: frozenset({1}),
    "bytes": lambda: b"plain",
    "bytes that are no text": lambda: b"\xff\x00",
    "datetime": lambda: datetime(2026, 11, 28, 10, 30, tzinfo=UTC),
    "date": lambda: date(2026, 11, 28),
    "decimal": lambda: Decimal("1.50"),
    "UUID": lambda: UUID(int=7),
    "path": lambda: PurePosixPath("/tmp/x"),
    "enum": lambda: Colour.RED,
    "enum of strings": lambda: Size.SMALL,
    "dataclass": lambda: Place("Oslo", near=Place("Moss")),
    "model": lambda: Receipt(number="R-1"),
    "model with an alias": lambda: Receipt(number="R-1", toWhom="you"),
    "list of models": lambda: [Receipt(number="R-1"), Receipt(number="R-2")],
    "dict of all": lambda: {"r": Receipt(number="R-1"), "p": (Place("Oslo"), Colour.RED)},
    "dict like a record": lambda: {"$type": "x", "$value": (1,)},
    "opaque object": Opaque,
    "list that holds itself": endless,
    "named tuple": lambda: Pair("x", 1),
    "exception": lambda: ValueError("as a result"),
    "SDK's text": lambda: ToolOutputText(text="plain"),
    "SDK's image": lambda: ToolOutputImage(image_url=PNG, detail="low"),
    "SDK's file": lambda: ToolOutputFileContent(file_id="file_1", filename="a.pdf"),
    "SDK's list": lambda: [ToolOutputText(text="see"), ToolOutputImage(image_url=PNG)],
    "SDK's dicts": lambda: [{"type": "text", "text": "see"}, {"type": "image", "image_url": PNG}],
}
BACK_AS_GIVEN = set(OUTPUTS) - {
    "bytes that are no text",
    "opaque object",
    "list that holds itself",
    "exception",
    *(name for name in OUTPUTS if name.startswith("SDK's ")),
}
"""Of these the app's code gets an equal object again."""


def calling(name: str = "work") -> Json:
    return response({**CALL, "name": name})


@pytest.mark.parametrize("name", OUTPUTS)
async def test_the_model_reads_the_same_and_the_tool_does_not_run_again(name: str) -> None:
    effects = []

    @function_tool
    def work() -> Any:
        """Work."""
        effects.append(name)
        return OUTPUTS[name]()

    (await take_over(calling(), work)).assert_same()
    assert len(effects) == 1


async def test_a_tool_with_a_schema_of_its_output_is_read_by_it_again() -> None:
    @function_tool(output_type=Receipt)
    def work() -> Receipt:
        """Work."""
        return Receipt(number="R-1", toWhom="you")

    second = await take_over(calling(), work)

    second.assert_same()
    (told,) = [item for item in json.loads(second.asked[1][0])["input"] if "output" in item]
    assert json.loads(told["output"]) == {"number": "R-1", "paid": True, "toWhom": "you"}


async def outcome(store: MemoryStore, number: int, output: Any) -> list[object]:
    """What `tool_use_behavior` sees of a tool that gives an output, in an attempt."""
    seen: list[object] = []

    @function_tool
    def work() -> Any:
        """Work."""
        return output()

    def behave(
        context: RunContextWrapper[Any], results: list[FunctionToolResult]
    ) -> ToolsToFinalOutputResult:
        seen.extend(result.output for result in results)
        return ToolsToFinalOutputResult(is_final_output=True, final_output="done")

    await begin_attempt(store, number)
    steps = [ModelStep(output=[function_call("work", {}, call_id="call_1")])] * (number == 1)
    model = ScriptedModel(steps)
    await Runner.run(Agent(name="a", model=model, tools=[work], tool_use_behavior=behave), "go")
    return seen


@pytest.mark.parametrize("name", sorted(BACK_AS_GIVEN))
async def test_the_apps_code_gets_an_equal_object_again(name: str) -> None:
    """What the app decides by a tool's result is decided alike in a second attempt."""
    store = MemoryStore()
    first = await outcome(store, 1, OUTPUTS[name])
    second = await outcome(store, 2, lambda: pytest.fail("the tool ran again"))

    assert [(type(each), str(each)) for each in second] == [
        (type(each), str(each)) for each in first
    ]


async def test_a_class_that_is_gone_after_a_deploy_leaves_what_the_model_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    await outcome(store, 1, OUTPUTS["model"])
    monkeypatch.delitem(globals(), "Receipt")

    assert await outcome(store, 2, None) == ["number='R-1' paid=True to_whom='us'"]


EARLIER = {"output": {"city": "Oslo"}, "sdk_error": False, "events": [], "client_call": None}
"""A record as the worker wrote it before there were objects in one."""


@pytest.mark.parametrize(
    ("record", "runs"),
    [(json.dumps(EARLIER), 0), ("[]", 1), ("{}", 1), ("{", 1), ('{"output": 1', 1)],
    ids=["of an earlier version", "a list", "nothing", "cut", "cut later"],
)
async def test_a_record_of_an_earlier_version_is_read_and_a_damaged_one_counts_as_none(
    record: str, runs: int
) -> None:
    effects: list[str] = []

    @function_tool
    def work() -> str:
        """Work."""
        effects.append("worked")
        return "done"

    store = MemoryStore()
    await let_run(store)
    writes = Writes(store, an_attempt())
    writes.record("tool_call_1", record)
    await writes.committed()
    await begin_attempt(store, 2)
    steps = [
        ModelStep(output=[function_call("work", {}, call_id="call_1")]),
        ModelStep(output=[assistant_message("done")]),
    ]
    model = ScriptedModel(steps)
    await Runner.run(Agent(name="a", model=model, tools=[work]), "go")

    assert len(effects) == runs
    assert ("{'city': 'Oslo'}" in str(model.calls[1].input)) is (runs == 0)
