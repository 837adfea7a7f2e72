"""An app of anybody's is tested in process: the real road, with a scripted model."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import turnstream_tools
from agents import Agent, Runner, function_tool
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import ThreadStreamEvent
from pydantic import BaseModel, ValidationError
from turnstream.contracts.turns import TurnStatus
from turnstream.errors import NotFound
from turnstream.settings import ConfigurationError
from turnstream_tools import ToolContext, tool
from turnstream_worker.api import remote_tools
from turnstream_worker.loading import AssistantNotLoaded
from turnstream_worker.testing import ScriptedModel, calls, local_app, says

EXAMPLE = "turnstream_worker.assistants.example:create"
HERE = __name__


class Order(BaseModel):
    """What to bake."""

    what: str


@tool(name="bake", description="Bake something.")
async def bake(call: ToolContext, args: Order) -> str:
    await call.progress(f"baking {args.what}")
    return f"a {args.what}"


counted: list[str] = []


@function_tool
def count_up() -> str:
    counted.append("up")
    return str(len(counted))


class Bakery(ChatKitServer[Any]):
    """Its agent names a model that nobody here has."""

    async def respond(
        self, thread: Any, input_user_message: Any, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        agent = Agent[Any](name="Baker", model="gpt-5.4", tools=[*remote_tools(), count_up])
        newest = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(newest.data[::-1])
        agent_context: Any = AgentContext(thread=thread, store=self.store, request_context=context)
        async for event in stream_agent_response(
            agent_context, Runner.run_streamed(agent, items, context=agent_context)
        ):
            yield event


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app's tests set nothing of ours."""
    monkeypatch.delenv("INTERNAL_KEY", raising=False)


async def test_an_app_answers_with_what_the_model_says() -> None:
    model = ScriptedModel(says("Hello!"))
    async with local_app(EXAMPLE, model) as app:
        turn = await app.say("hi")

    assert (turn.status, turn.text) == (TurnStatus.COMPLETED, "Hello!")
    assert [each["type"] for each in turn.items] == ["user_message", "assistant_message"]
    assert turn.prose.strip() == "Hello!"
    assert model.asked[0].instructions == "Be brief."
    assert model.asked[0].tools == ["get_weather"]


async def test_a_thread_goes_on_with_its_history() -> None:
    model = ScriptedModel(says("Hello!"), says("You said hi."))
    async with local_app(EXAMPLE, model) as app:
        first = await app.say("hi")
        second = await app.say("what did I say?", first.thread_id)

    assert second.text == "You said hi."
    assert [each["type"] for each in second.items] == ["user_message", "assistant_message"]
    assert "hi" in str(model.asked[1].input[0])
    assert len(model.asked[1].input) == 3


async def test_tools_of_an_app_run_where_its_test_runs() -> None:
    """Local ones, and those of the tools service, with their progress."""
    model = ScriptedModel(calls("bake", what="pie"), says("Here is a pie."))
    async with local_app(Bakery, model, tools=f"{HERE}:bake") as app:
        turn = await app.say("a pie please")

    assert turn.progress == ["baking pie"]
    assert turn.text == "Here is a pie."
    assert "a pie" in str(model.asked[1].input[-1])
    assert turn.error is None


async def test_the_tool_in_the_docstring_of_the_tools_package_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its reader copies it: into a module of their own, which `TOOLS` names."""
    lines = (turnstream_tools.__doc__ or "").splitlines()
    code = dedent("\n".join(line for line in lines if line.startswith("    ") or not line))
    (tmp_path / "greetings.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)

    model = ScriptedModel(calls("greet", name="Ann"), says("Hello!"))
    async with local_app(Bakery, model, tools="greetings") as app:
        turn = await app.say("greet me")

    assert turn.progress == ["Thinking of something nice"]
    assert "Hello Ann" in str(model.asked[1].input[-1])


async def test_a_deploy_in_the_middle_repeats_nothing_that_had_ended() -> None:
    """The tool is not run again, and what the model had said is played back."""
    counted.clear()
    model = ScriptedModel(
        [says("Counting."), calls("count_up")],
        calls("bake", what="pie"),
        says("Done."),
    )
    async with local_app(Bakery, model, tools=f"{HERE}:bake") as app:
        turn = await app.say("count", deployed_after="baking pie")

    assert (turn.status, turn.text) == (TurnStatus.COMPLETED, "Counting.\n\nDone.")
    assert counted == ["up"]
    assert len(model.asked) == 3


async def test_a_model_that_is_asked_too_often_fails_the_turn_and_says_so() -> None:
    async with local_app(EXAMPLE, ScriptedModel()) as app:
        turn = await app.say("hi")

    assert turn.status is TurnStatus.FAILED
    assert turn.error is not None
    assert turn.text == ""
    assert "error: " in turn.prose


@pytest.mark.parametrize("language", ["", "zh-TW"])
def test_the_examples_of_the_guide_run(language: str) -> None:
    text = (Path(__file__).parents[4] / "docs/guides" / language / "testing.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        names: dict[str, Any] = {}
        exec(example, names)
        [test] = [each for name, each in names.items() if name.startswith("test_")]
        test()


async def test_users_have_threads_of_their_own() -> None:
    async with local_app(EXAMPLE, ScriptedModel(says("Hello!"))) as app:
        turn = await app.say("hi")
        app.user = "somebody else"
        with pytest.raises(NotFound):
            await app.say("and?", turn.thread_id)


async def test_what_is_no_request_is_refused() -> None:
    async with local_app(EXAMPLE, ScriptedModel()) as app:
        with pytest.raises(ValidationError):
            await app.request("threads.creat", {})


async def test_an_app_that_can_not_be_loaded_says_why() -> None:
    with pytest.raises(AssistantNotLoaded, match="no_such_module"):
        async with local_app("no_such_module:create", ScriptedModel()):
            raise AssertionError("it was loaded")
    with pytest.raises(ConfigurationError, match="no_such_tools"):
        async with local_app(EXAMPLE, ScriptedModel(), tools="no_such_tools"):
            raise AssertionError("they were loaded")


def test_no_trace_is_sent_though_there_is_a_key() -> None:
    """In a process of its own: here they are switched off for all tests."""
    code = (
        "import asyncio\n"
        "from agents.tracing import get_trace_provider\n"
        "from turnstream_worker.testing import ScriptedModel, local_app\n"
        "async def run():\n"
        f"    async with local_app({EXAMPLE!r}, ScriptedModel()):\n"
        "        print(get_trace_provider().create_trace('t').trace_id)\n"
        "asyncio.run(run())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPENAI_API_KEY": "test", "OPENAI_AGENTS_DISABLE_TRACING": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.split() == ["no-op"]
