"""What models were asked is kept while a turn runs, and is plain data when it is recorded."""

from typing import Any, cast

import pytest
from agents import Agent, ModelSettings, function_tool, handoff
from turnstream_worker.replay import requests as kept
from turnstream_worker.replay.requests import Request, Requests


@function_tool
def price_of(pie: str) -> str:
    """Say what a pie costs."""
    return pie


def said(text: str) -> Any:
    return {"role": "user", "content": text}


def request(*items: Any, agent: str = "Shop") -> Request:
    """A request with these items as its input."""
    offered = [price_of, handoff(Agent[Any](name="Baker"))]
    settings = ModelSettings(temperature=0.5, extra_headers={"Authorization": "Bearer x"})
    return Request(agent, "m", "Sell.", list(items), settings, cast("list[Any]", offered), None)


def test_an_input_is_recorded_without_what_the_one_before_it_had() -> None:
    """Of the same agent: another one asks with something else."""
    asked = Requests()
    asked.note("stream_1", request(said("a")))
    asked.note("stream_2", request(said("b"), agent="Title"))
    asked.note("stream_3", request(said("a"), said("c")))
    asked.note("stream_4", request(said("d")))

    told = dict(asked.records())

    assert {key: (each["since"], each["input"]) for key, each in told.items()} == {
        "request_stream_1": ("", [said("a")]),
        "request_stream_2": ("", [said("b")]),
        "request_stream_3": ("stream_1", [said("c")]),
        "request_stream_4": ("", [said("d")]),
    }
    assert [each["number"] for each in told.values()] == [1, 2, 3, 4]


def test_tools_and_settings_are_told_without_headers() -> None:
    """A header may hold a key."""
    asked = Requests()
    asked.note("stream_1", request(said("a")))

    ((_, told),) = asked.records()

    assert [each["name"] for each in cast("list[Any]", told["tools"])] == [
        "price_of",
        "transfer_to_baker",
    ]
    assert cast("dict[str, Any]", told["settings"])["temperature"] == 0.5
    assert "Bearer" not in str(told)


def test_what_is_too_large_or_too_much_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LARGEST", 2_000)
    asked = Requests()
    for number in range(kept.MOST + 5):
        asked.note(f"stream_{number}", request(said("x" * 300), agent=str(number)))

    told = dict(asked.records())

    assert 0 < len(told) < 5
    assert len(asked._asked) == kept.MOST
