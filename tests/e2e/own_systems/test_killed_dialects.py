"""Dialects of model servers in real processes: a worker is killed with ten turns in it.

Half of the turns are inside a tool, half in the middle of their text. What the suite of dialects
(`tests/dialects`) holds for an attempt that ends, this holds for `kill -9`.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.model_server import (
    Hold,
    ModelRequest,
    ModelServer,
    Step,
    text,
    tool_call,
    user_says,
)
from tests.support.model_server.dialects.catalogue import CATALOGUE
from tests.support.model_server.dialects.dialect import PREFACE, Dialect
from tests.support.waiting import wait_until_async

ROOT = Path(__file__).parents[3]
SPOKEN = {
    "chat_completions": ("call id the same in every response", "no finish_reason"),
    "responses": ("usage without details", "item id new in each event", "output empty in the end"),
}
KILLED_IN_TOOL, KILLED_MID_TEXT = "Bergen", "Oslo"
HELD = "mid-text"


def answer(city: str) -> str:
    """What the model says in the end."""
    return f"It is 12 °C in {city} today."


def script(request: ModelRequest) -> Step:
    """A call of the tool for the city of the question, then an answer that can be held."""
    if user_says(KILLED_IN_TOOL)(request):
        return ask_and_say(request, KILLED_IN_TOOL, text(answer(KILLED_IN_TOOL)))
    first, rest = answer(KILLED_MID_TEXT).split(" 12")
    return ask_and_say(request, KILLED_MID_TEXT, text(first, Hold(HELD), f" 12{rest}"))


def ask_and_say(request: ModelRequest, city: str, said: Step) -> Step:
    """What the model says once the tool has answered; before that, a call of it."""
    called = bool(request.tool_outputs)
    return said if called else text(PREFACE) + tool_call("look_up", {"city": city})


def spoken(request: ModelRequest) -> Dialect | None:
    """The dialect that the question names."""
    asked = request.last_user_text
    return next((each for each in CATALOGUE[request.api] if f"({each.name})" in asked), None)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(script).in_thread() as server:
        server.dialect_for = spoken
        yield server


@pytest.fixture
def stack(model: ModelServer, new_stack: NewStack, tmp_path: Path) -> Iterator[Stack]:
    env = {
        "ASSISTANT": "tests.e2e.apps.dialects_assistant:create",
        "DIALECTS_DIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": model.base_url,
        "LEASE": "2s",
    }
    specs = [spec for spec in TURNSTREAM if spec.name != "tools"]
    with new_stack("dialects", env, specs=specs) as stack:
        yield stack


async def ask(stack: Stack, api: str, dialect: str, city: str) -> ChatClient:
    """Ask in a thread of a user of its own, and see the turn through."""
    async with ChatClient(stack.gateway_urls[0], user=f"{api} {dialect} {city}") as client:
        turn = await client.send_message(f"Weather in {city} over {api}? ({dialect})")
        assert turn.ends == ["completed"], (api, dialect, turn.describe())
        await assert_transcript_matches(client)
    return client


async def test_turns_of_any_dialect_go_on_when_their_worker_is_killed(
    stack: Stack, model: ModelServer, tmp_path: Path
) -> None:
    """Each answer comes once and whole, and nothing that had ended is done again."""
    (tmp_path / "held").write_text(KILLED_IN_TOOL)
    questions = [
        (api, dialect, city)
        for api, dialects in SPOKEN.items()
        for dialect in dialects
        for city in (KILLED_IN_TOOL, KILLED_MID_TEXT)
    ]
    half = len(questions) // 2
    cities = tmp_path / "cities"

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(ask(stack, *question)) for question in questions]
        await wait_until_async(lambda: model.waiting(HELD) == half, 20, "texts are held")
        await wait_until_async(
            lambda: cities.read_text().split().count(KILLED_IN_TOOL) == half, 20, "calls are held"
        )
        stack.service("agent-worker-1").kill()
        (tmp_path / "held").unlink()
        model.open(HELD)

    for (*_, city), client in zip(questions, asked, strict=True):
        said = [item for item in client.result().items.values() if item["type"] != "user_message"]
        texts = ["".join(part["text"] for part in item["content"]) for item in said]
        assert "".join(texts) == PREFACE + answer(city)
    runs = Counter(cities.read_text().split())
    assert runs == {KILLED_MID_TEXT: half, KILLED_IN_TOOL: 2 * half}
    assert len(model.calls) == 2 * len(questions) + half  # held texts are asked for again
