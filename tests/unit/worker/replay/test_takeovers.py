"""A second attempt asks the model exactly what the first would have asked.

A worker dies after the tool has ended, before the next request is answered. Whatever the host's
answers look like, if the first attempt went on from them, so does the second, to the same byte.
"""

from copy import deepcopy
from typing import Any

import pytest
from agents import OpenAIResponsesModel, function_tool

from tests.unit.worker.journaling import streamed, take_over, whole
from tests.unit.worker.responses_host import (
    CALL,
    MESSAGE,
    REASONING,
    Change,
    Json,
    response,
)

pytestmark = pytest.mark.usefixtures("journaled")

UNKNOWN: Json = {"type": "x_search_call", "id": "xs_1", "query": "q", "status": "done"}
SEARCH: Json = {"type": "web_search_call", "id": "ws_1", "status": "completed"}


def without(*path: str | int) -> Change:
    """Leaves a field out."""

    def change(answer: Json) -> None:
        at(answer, path[:-1]).pop(path[-1])

    return change


def with_(value: object, *path: str | int) -> Change:
    """Sets a field."""

    def change(answer: Json) -> None:
        at(answer, path[:-1])[path[-1]] = value

    return change


def at(answer: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        answer = answer[step]
    return answer


R, M, C = 0, 1, 2
"""Where the reasoning, the message and the call are in the output."""

ENVELOPE = ("id", "object", "created_at", "model", "parallel_tool_calls", "tool_choice", "tools")
FIELDS: list[tuple[str | int, ...]] = [
    *((name,) for name in (*ENVELOPE, "status", "usage")),
    *(
        ("usage", name)
        for name in ("input_tokens_details", "output_tokens_details", "total_tokens")
    ),
    ("usage", "input_tokens_details", "cached_tokens"),
    ("usage", "input_tokens_details", "cache_write_tokens"),
    ("usage", "output_tokens_details", "reasoning_tokens"),
    ("output", R, "id"),
    ("output", R, "summary"),
    ("output", R, "summary", 0, "type"),
    ("output", R, "encrypted_content"),
    ("output", R, "status"),
    ("output", M, "status"),
    ("output", M, "role"),
    ("output", M, "content", 0, "annotations"),
    ("output", M, "content", 0, "logprobs"),
    ("output", C, "id"),
    ("output", C, "status"),
]
ODD: dict[str, Change] = {
    "status of a response": with_("done", "status"),
    "status of a reasoning": with_("done", "output", R, "status"),
    "status of a message": with_("done", "output", M, "status"),
    "status of a call": with_("done", "output", C, "status"),
    "tool choice": with_("whatever", "tool_choice"),
    "tools": with_([{"type": "weird"}, {"name": "work"}], "tools"),
    "tools as an object": with_({"work": {}}, "tools"),
    "text format": with_({"format": {"type": "yaml"}}, "text"),
    "reasoning effort": with_({"effort": "heroic"}, "reasoning"),
    "service tier": with_("gold", "service_tier"),
    "truncation": with_("some", "truncation"),
    "object": with_("chat", "object"),
    "time as text": with_("2026-11-28T10:00:00Z", "created_at"),
    "metadata": with_({"a": {"b": [1]}}, "metadata"),
    "usage as text": with_("12", "usage", "input_tokens_details", "cached_tokens"),
    "arguments, none": with_(None, "output", C, "arguments"),
    "arguments, empty": with_("", "output", C, "arguments"),
    "arguments, as an object": with_({}, "output", C, "arguments"),
    "more fields": with_({"nested": [1, None]}, "output", C, "provider_specific_fields"),
    "more fields of a reasoning": with_([{"x": 1}], "output", R, "reasoning_details"),
    "unknown item": lambda answer: answer["output"].insert(0, deepcopy(UNKNOWN)),
    "search without an action": lambda answer: answer["output"].insert(2, deepcopy(SEARCH)),
}
ODD_ITEMS = [f"odd {name}" for name in ODD if "of a" in name or "item" in name or "search" in name]
SHAPES: dict[str, Change] = {
    "as OpenAI": lambda _: None,
    **{f"no {_}": without(*path) for path in FIELDS if (_ := "/".join(map(str, path)))},
    **{f"null {_}": with_(None, *path) for path in FIELDS if (_ := "/".join(map(str, path)))},
    **{f"odd {name}": change for name, change in ODD.items()},
}


def calling(change: Change) -> Json:
    """An answer that thinks, says something and calls `work`, changed."""
    answer = response(deepcopy(REASONING), deepcopy(MESSAGE), deepcopy(CALL))
    change(answer)
    return answer


async def takes_over(answer: Json, run: Any, **options: Any) -> None:
    """The tool ran once, and the second attempt did what the first had done."""
    effects = []

    @function_tool
    def work() -> str:
        """Work."""
        effects.append("worked")
        return "done"

    (await take_over(answer, work, run=run, **options)).assert_same()
    assert effects == ["worked"]


class AppsOwn(OpenAIResponsesModel):
    """A model of an app's own class, whose answers nobody mends."""


@pytest.mark.parametrize(
    ("name", "run"),
    [(name, streamed) for name in SHAPES]
    + [(name, whole) for name in SHAPES if name.startswith("null output") or name in ODD_ITEMS],
)
async def test_the_next_request_is_the_same_byte_for_byte(name: str, run: Any) -> None:
    """And what users see. Of a run that is not streamed only items are recorded."""
    await takes_over(calling(SHAPES[name]), run, model=AppsOwn)


@pytest.mark.parametrize("end", [with_([], "output"), with_(None, "output"), without("output")])
async def test_items_that_only_their_own_events_brought_are_recorded(end: Change) -> None:
    """ChatGPT's backend ends with a response without output; the SDK takes the items."""
    answer = calling(lambda _: None)
    answer["_streamed"] = answer["output"]
    end(answer)

    await takes_over(answer, streamed, model=AppsOwn)
    await takes_over(answer, streamed)
