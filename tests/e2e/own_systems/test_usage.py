"""What models cost in real processes: a worker is killed, and a turn ends for its budget."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient
from tests.support.chat_client.turn_stream import TurnStream
from tests.support.model_server import ModelRequest, ModelServer, Step, text, tool_call
from tests.support.waiting import wait_until_async

ROOT = Path(__file__).parents[3]


def script(request: ModelRequest) -> Step:
    """Look up a city once and answer, or look it up for ever."""
    greedy = "for ever" in (request.last_user_text or "")
    if request.tool_outputs and not greedy:
        return text("It is 12 °C.")
    return text("I look. ") + tool_call("look_up", {"city": "Bergen"})


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(script).in_thread() as server:
        yield server


@pytest.fixture
def stack(model: ModelServer, new_stack: NewStack, tmp_path: Path) -> Iterator[Stack]:
    env = {
        "ASSISTANT": "tests.e2e.apps.dialects_assistant:create",
        "DIALECTS_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": model.base_url,
        "MODEL_PRICES": '{"any": {"input": 1000, "output": 1000}}',
        "TURN_MAX_TOOL_CALLS": "2",
        "USER_DAILY_TOKENS": "1000000",
        "LEASE": "2s",
    }
    specs = [spec for spec in TURNSTREAM if spec.name != "tools"]
    with new_stack("usage", env, specs=specs) as stack:
        yield stack


async def ask(stack: Stack, user: str, words: str) -> tuple[TurnStream, dict[str, Any]]:
    """Ask something; how the turn went, and what the user has used."""
    async with ChatClient(stack.gateway_urls[0], user=user, timeout=60) as client:
        turn = await client.send_message(words)
        [used] = (await client.call("GET", "/usage?by=model"))["data"]
    return turn, used


async def test_a_call_is_counted_once_when_workers_die(stack: Stack, tmp_path: Path) -> None:
    """Two calls of each turn were bought. Where a worker died in between, one was played back."""
    held, cities = tmp_path / "held", tmp_path / "cities"
    held.write_text("Bergen")
    cities.touch()

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(ask(stack, f"user-{n}", "Weather?")) for n in range(4)]
        await wait_until_async(lambda: len(cities.read_text().split()) == 4, 30, "tools are held")
        stack.service("agent-worker-1").kill()
        held.unlink()

    again = len(cities.read_text().split()) - len(asked)
    answers = [each.result() for each in asked]
    assert [turn.ends for turn, _ in answers] == [["completed"]] * len(asked)
    assert [used["calls"] for _, used in answers] == [2] * len(asked)
    assert sum(used["played_back"] for _, used in answers) == again
    assert all(used["cost"] > 0 and used["model"] == "any" for _, used in answers)


async def test_a_turn_that_ends_for_its_budget_says_so(
    stack: Stack, model: ModelServer, tmp_path: Path
) -> None:
    """Its model calls tools for ever: the third is not made, and no model is asked again."""
    (tmp_path / "cities").touch()
    turn, used = await ask(stack, "bob", "Look for ever")

    assert turn.ends == ["failed"], turn.describe()
    error = next(each.event for each in turn.received if each.event.get("type") == "error")
    assert error["allow_retry"] is False
    assert "budget" in error["message"]
    assert used["calls"] == len(model.calls) == 3
    assert (tmp_path / "cities").read_text().split() == ["Bergen"] * 2
