"""Every call of an answer has an index and an id of its own, however a server tells them apart."""

from typing import Any

import pytest
from turnstream_worker.dialects.chat_calls import Calls

Json = dict[str, Any]
OSLO, ROME = '{"city": "Oslo"}', '{"city": "Rome"}'


def piece(name: str | None = None, arguments: Any = None, **fields: Any) -> Json:
    """A piece of a call, as a chunk holds it."""
    return {"function": {"name": name, "arguments": arguments}, **fields}


def heard(*chunks: list[Json]) -> list[tuple[str, str, str]]:
    """The calls that the SDK builds of these chunks: id, name and arguments."""
    calls = Calls()
    found: dict[int, list[str]] = {}
    for chunk in chunks:
        for delta in calls.normalized(chunk):
            call = found.setdefault(delta["index"], ["", "", ""])
            call[0] = delta["id"] or call[0]
            call[1] = delta["function"]["name"] or call[1]
            call[2] += delta["function"]["arguments"] or ""
    return [(each[0], each[1], each[2]) for _, each in sorted(found.items())]


@pytest.mark.parametrize(
    "chunks",
    [
        [[piece("look", "", index=0, id="a")], [piece(None, OSLO, index=0)]],
        [[piece("look", "", index=0, id="a")], [piece("look", OSLO, index=0, id="a")]],
        [
            [piece("look", '{"city"', index=0, id="a")],
            [piece("look", ':"Oslo"}', index=0, id="b")],
        ],
        [[piece("look", OSLO, index=1, id="a")]],
        [[piece("look", OSLO, index="0", id="a")], [piece(None, "", index="0", id="")]],
        [[piece("look", OSLO, id="a")], [piece(None, "")]],
        [[piece("look", OSLO, index=0, id="a")], [piece("look", OSLO, index=0, id="a")]],
        [[piece("look", {"city": "Oslo"}, index=0, id="a")]],
        [[{"id": "a", "name": "look", "arguments": OSLO}]],
    ],
    ids=[
        "in pieces",
        "name and id in each piece",
        "a new id in each piece",
        "index from one",
        "index as text",
        "no index",
        "the whole call once more",
        "arguments an object",
        "without function",
    ],
)
def test_one_call_stays_one(chunks: list[list[Json]]) -> None:
    ((call_id, name, arguments),) = heard(*chunks)

    assert (call_id, name) == ("a", "look")
    assert arguments.replace(" ", "") == OSLO.replace(" ", "")


@pytest.mark.parametrize(
    ("chunks", "ids"),
    [
        ([[piece("look", OSLO, index=0, id="a")], [piece("look", ROME, index=0, id="b")]], "a b"),
        ([[piece("look", OSLO, index=0, id="a"), piece("look", ROME, index=0, id="b")]], "a b"),
        ([[piece("look", OSLO, id="a")], [piece("look", ROME, id="b")]], "a b"),
        ([[piece("look", OSLO, index=0)], [piece("look", ROME, index=0)]], "call_0 call_1"),
        ([[piece("look", OSLO, id="")], [piece("look", ROME, id="")]], "call_0 call_1"),
        ([[piece("look", OSLO, index=0, id="a")], [piece("look", ROME, index=1, id="a")]], "a a_1"),
        ([[piece("look", OSLO, index=0, id=7)], [piece("look", ROME, index=1, id=8)]], "7 8"),
        (
            [
                [piece("look", '{"city":', index=0, id="a")],
                [piece(None, ' "Oslo"}', index=0)],
                [piece("look", '{"city":', index=0, id="b")],
                [piece(None, ' "Rome"}', index=0)],
            ],
            "a b",
        ),
        (
            [
                [piece("look", '{"city":', index=0, id="a")],
                [piece("look", '{"city":', index=1, id="b")],
                [piece(None, ' "Oslo"}', index=0)],
                [piece(None, ' "Rome"}', index=1)],
            ],
            "a b",
        ),
    ],
    ids=[
        "index 0 for both",
        "index 0 for both in one chunk",
        "no index",
        "no id",
        "empty ids",
        "one id for both",
        "ids that are numbers",
        "index 0 for both, in pieces",
        "taking turns",
    ],
)
def test_two_calls_stay_two(chunks: list[list[Json]], ids: str) -> None:
    calls = heard(*chunks)

    assert [call_id for call_id, _, _ in calls] == ids.split()
    assert [(name, arguments) for _, name, arguments in calls] == [("look", OSLO), ("look", ROME)]


def test_calls_without_arguments_are_told_apart_by_their_names() -> None:
    calls = heard([piece("one", "", index=0, id="a")], [piece("two", "", index=0, id="b")])

    assert calls == [("a", "one", ""), ("b", "two", "")]
