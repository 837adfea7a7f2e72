"""The model of the benchmark, asked by the real client: what it says, and when it began."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from bench.model_server import BEGAN, Told
from bench.subjects import http_model


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    """A client of a model that runs."""
    directory: Path = tmp_path_factory.mktemp("model")
    with http_model(directory) as settings:
        found = {name.rpartition("OPENAI_")[2]: value for name, value in settings.items()}
        with OpenAI(base_url=found["BASE_URL"], api_key=found["API_KEY"]) as client:
            yield client


def said(client: OpenAI, *items: Any) -> tuple[list[str], Any]:
    """The types of the events, each kind once, and the response at the end."""
    with client.responses.stream(model="any", input=[*items]) as stream:
        types = dict.fromkeys(event.type for event in stream)
        return [*types], stream.get_final_response()


def asks(told: Told) -> dict[str, Any]:
    """A user who asks for it."""
    return {"role": "user", "content": str(told)}


def test_it_counts_and_says_when_it_began(client: OpenAI) -> None:
    """By the clock of the machine, so that whoever hears it knows how late each word is."""
    _, response = said(client, asks(Told(7, pace_ms=5)))
    assert response.output_text.count(" word") == 7
    began = BEGAN.search(response.output_text.encode())
    assert began is not None
    assert 0.03 <= time.monotonic() - float(began[1]) < 30


def test_it_thinks_first(client: OpenAI) -> None:
    """Then the text begins as much later as the thoughts take."""
    asked = time.monotonic()
    types, response = said(client, asks(Told(3, pace_ms=10, thoughts=10)))
    assert types.index("response.reasoning_summary_text.delta") < types.index(
        "response.output_text.delta"
    )
    assert [item.type for item in response.output] == ["reasoning", "message"]
    began = BEGAN.search(response.output_text.encode())
    assert began is not None
    assert float(began[1]) >= asked + 0.1


def test_it_calls_a_tool_when_half_is_said_and_goes_on_with_its_result(client: OpenAI) -> None:
    """Two answers, each with half of the words; only the first thinks and calls."""
    asked = asks(Told(8, call=True, thoughts=2))
    _, first = said(client, asked)
    reasoning, message, call = first.output
    assert (reasoning.type, message.type, call.type) == ("reasoning", "message", "function_call")
    assert first.output_text.count(" word") == 4
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "mild"}
    shown = [item.model_dump(exclude_none=True) for item in first.output]
    _, second = said(client, asked, *shown, result)
    assert [item.type for item in second.output] == ["message"]
    assert second.output_text.count(" word") == 4


def test_no_two_answers_have_an_id_in_common(client: OpenAI) -> None:
    """A real model's are new each time, and so is each call."""
    asked = asks(Told(4, call=True, thoughts=1))
    ids = [item.id for _ in range(2) for item in said(client, asked)[1].output]
    assert len({*ids}) == 6
