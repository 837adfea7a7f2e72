"""The guide gets to know the user, gives threads titles, and leaves nothing behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from agents import Model, ModelProvider, RunContextWrapper, Tool, function_tool
from chatkit.agents import AgentContext, ClientToolCall
from chatkit.types import (
    InferenceOptions,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
)
from pydantic import BaseModel
from turnstream.contracts.turns import RequestContext
from turnstream_guide.actions import ActionRefused
from turnstream_guide.conversation import titles
from turnstream_guide.conversation.run import MAX_STEPS
from turnstream_guide.conversation.services import GuideServices
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import DemoModel
from turnstream_guide.server import GuideServer
from turnstream_guide.turn import Events, Turn
from turnstream_worker.models import ModelSettings, WorkerModels

from tests.support.model_server import (
    Hold,
    ModelServer,
    Pause,
    always,
    instructed,
    rounds,
    rules,
    status,
    text,
    tool_call,
)
from tests.support.stock import MemoryStore
from tests.unit.worker.talking import (
    answer_of,
    ask,
    items_of,
    say,
    streamed_text,
    thread_of,
    title_of,
)

TITLES = instructed("short title")

CONTEXT = RequestContext(user_id="ada")


@function_tool
def get_weather(location: str) -> str:
    """The weather."""
    return f"clear skies over {location}"


@function_tool
def switch_theme(ctx: RunContextWrapper[AgentContext[Any]], theme: str) -> str:
    """Switch the theme."""
    ctx.context.client_tool_call = ClientToolCall(name="switch_theme", arguments={"theme": theme})
    return "asked"


TOOLS: list[Tool] = [
    get_weather,
    switch_theme,
]


class Demo(ModelProvider):
    """The demo model under every name."""

    def get_model(self, model_name: str | None) -> Model:
        return DemoModel(timedelta(0))


def guide(
    models: ModelProvider,
    choices: tuple[str, ...] = (),
    demonstrations: Sequence[Demonstration] = (),
) -> GuideServer:
    parts = GuideServices(
        models=models,
        tools=lambda: TOOLS,
        client_tools=lambda: ["switch_theme", "save_fact"],
        choices=choices,
        demonstrations=demonstrations,
    )
    return GuideServer(MemoryStore(), parts)


@pytest.fixture
def demo() -> GuideServer:
    return guide(Demo())


@pytest.fixture
async def scripted() -> AsyncIterator[ModelServer]:
    async with ModelServer(always(text("Hello."))) as server:
        yield server


@pytest.fixture(params=["responses", "chat_completions"])
async def real(request: pytest.FixtureRequest, scripted: ModelServer) -> AsyncIterator[GuideServer]:
    """A guide that asks the scripted server, by either model API."""
    models = WorkerModels(
        ModelSettings(openai_base_url=scripted.base_url, model="main", model_api=request.param)
    )
    yield guide(models, choices=("small",))
    await models.aclose()


@pytest.fixture(autouse=True)
async def nothing_is_left_running() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    here = asyncio.current_task()
    await _until(lambda: not [t for t in asyncio.all_tasks() - before if t is not here])


async def test_a_new_thread_gets_an_answer_and_a_title(demo: GuideServer) -> None:
    events = await say(demo, "hello there, guide")

    assert "demo model" in answer_of(events)
    assert streamed_text(events) == answer_of(events)
    assert title_of(events) == "Hello there, guide"
    assert (await demo.store.load_thread(thread_of(events), CONTEXT)).title == "Hello there, guide"


async def test_a_thread_keeps_its_title(demo: GuideServer) -> None:
    opening = await say(demo, "hello there, guide")
    events = await say(demo, "count to 3", thread_of(opening))

    assert answer_of(events) == "1 2 3"
    assert title_of(events) is None


async def test_a_tool_of_the_catalogue_is_called(demo: GuideServer) -> None:
    assert "clear skies over Oslo" in answer_of(await say(demo, "weather in Oslo"))


async def test_a_client_tool_ends_the_turn_and_its_output_begins_the_next(
    demo: GuideServer,
) -> None:
    events = await say(demo, "dark theme please")

    (call,) = items_of(events, "client_tool_call")
    assert (call["name"], call["arguments"]) == ("switch_theme", {"theme": "dark"})
    assert not items_of(events, "assistant_message")

    thread = thread_of(events)
    events = await ask(
        demo, "threads.add_client_tool_output", thread_id=thread, result={"success": True}
    )

    assert answer_of(events) == "Done, the theme is dark now."


async def test_a_real_model_gets_the_conversation_in_both_formats(
    scripted: ModelServer, real: GuideServer
) -> None:
    scripted.script = rules(
        (TITLES, text('"A **short** title."')),
        otherwise=rounds(tool_call("get_weather", {"location": "Oslo"}), text("Clear skies.")),
    )
    opening = await say(real, "How is Oslo?")
    thread = thread_of(opening)
    await say(real, "And now?", thread)

    assert answer_of(opening) == "Clear skies."
    assert title_of(opening) == "A **short** title"
    last = scripted.calls[-1].request
    assert last.body["parallel_tool_calls"] is False
    said = [i["content"] for i in last.input if i.get("role") == "assistant" and i["content"]]
    assert said == ["Clear skies."]


async def test_a_title_that_fails_does_not_fail_the_turn(
    scripted: ModelServer, real: GuideServer
) -> None:
    scripted.script = rules((TITLES, status(500)), otherwise=text("Hello."))

    events = await say(real, "hello")

    assert answer_of(events) == "Hello."
    assert title_of(events) is None
    assert not [event for event in events if event["type"] == "error"]


async def test_a_title_that_hangs_holds_an_answer_only_so_long(
    scripted: ModelServer, real: GuideServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "TIMEOUT", timedelta(milliseconds=50))
    scripted.script = rules((TITLES, text(Hold("never"))), otherwise=text("Hello."))

    events = await say(real, "hello")

    assert answer_of(events) == "Hello."
    assert title_of(events) is None


async def test_a_title_may_come_after_the_answer_began(
    scripted: ModelServer, real: GuideServer
) -> None:
    scripted.script = rules(
        (TITLES, text(Hold("title"), "Late title")), otherwise=text("Hel", Hold("answer"), "lo.")
    )
    turn = asyncio.create_task(say(real, "hello"))
    while not (scripted.waiting("title") and scripted.waiting("answer")):
        await asyncio.sleep(0.01)
    scripted.open("title")
    scripted.open("answer")

    assert title_of(await turn) == "Late title"


async def test_a_stopped_turn_stops_its_models(scripted: ModelServer, real: GuideServer) -> None:
    scripted.script = always(text("Hel", Hold("never"), "lo."))
    turn = asyncio.create_task(say(real, "hello"))
    while scripted.waiting("never") < 2:
        await asyncio.sleep(0.01)
    turn.cancel()

    with pytest.raises(asyncio.CancelledError):
        await turn
    await _until(lambda: all(call.disconnected for call in scripted.calls))


async def test_an_answer_that_nobody_reads_on_stops_too(
    scripted: ModelServer, real: GuideServer
) -> None:
    scripted.script = rules((TITLES, text(Hold("never"))), otherwise=text("Hel", Hold("never")))
    now = datetime.now(UTC)
    thread = ThreadMetadata(id="thr_1", created_at=now)
    message = UserMessageItem(
        id="msg_1",
        thread_id=thread.id,
        created_at=now,
        content=[UserMessageTextContent(text="hello")],
        inference_options=InferenceOptions(),
    )
    await real.store.save_thread(thread, CONTEXT)
    await real.store.add_thread_item(thread.id, message, CONTEXT)
    answer: Any = real.respond(thread, message, CONTEXT)
    await anext(answer)
    await _until(lambda: scripted.waiting("never") == 2)

    await answer.aclose()

    await _until(lambda: all(call.disconnected for call in scripted.calls if not call.finished))


async def test_a_model_error_is_an_error_of_the_turn(
    scripted: ModelServer, real: GuideServer
) -> None:
    scripted.script = rules((TITLES, text(Pause(30), "late")), otherwise=status(429))

    events = await say(real, "hello")

    assert events[-1]["type"] == "error"


async def test_a_model_going_in_circles_is_stopped_with_a_message(
    scripted: ModelServer, real: GuideServer
) -> None:
    scripted.script = rules(
        (TITLES, text("Title")), otherwise=tool_call("get_weather", {"location": "Oslo"})
    )

    events = await say(real, "hello")

    assert f"stopped after {MAX_STEPS} steps" in answer_of(events)
    assert not [event for event in events if event["type"] == "error"]


async def test_a_client_chooses_only_models_on_the_list(
    scripted: ModelServer, real: GuideServer
) -> None:
    for wish in ("small", "expensive"):
        await say(real, "hello", model=wish)

    asked = [call.request for call in scripted.calls if call.request.body.get("tools")]
    assert [request.model for request in asked] == ["small", "main"]


async def test_a_client_forces_only_tools_that_are_offered(
    scripted: ModelServer, real: GuideServer
) -> None:
    for wish in ("get_weather", "required"):
        await say(real, "hello", tool_choice={"id": wish})

    asked = [call.request.body for call in scripted.calls if call.request.body.get("tools")]
    forced = [json.dumps(body.get("tool_choice")) for body in asked]
    assert "get_weather" in forced[0]
    assert "required" not in forced[-1]


async def test_a_forced_tool_is_called_once(demo: GuideServer) -> None:
    events = await say(demo, "Oslo", tool_choice={"id": "get_weather"})

    assert "clear skies over Oslo" in answer_of(events)


async def test_an_unknown_action_gets_a_notice(demo: GuideServer) -> None:
    opening = await say(demo, "hello")
    action = {"type": "cards.flip", "payload": {}}
    events = await ask(demo, "threads.custom_action", thread_id=thread_of(opening), action=action)

    (notice,) = [event for event in events if event["type"] == "notice"]
    assert "cards.flip" in notice["message"]


async def _until(true: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def test_the_model_never_reads_of_a_refused_action() -> None:
    """A handler that refuses leaves a notice and no note: for the model it did not happen."""

    class Flip(BaseModel):
        type: Literal["cards.flip"]
        payload: None

    async def refuse(action: Flip, turn: Turn) -> Events:
        raise ActionRefused("No card.")
        yield

    server = guide(Demo(), demonstrations=[Demonstration(actions={Flip: refuse})])
    thread = thread_of(await say(server, "hello"))
    before = await server.store.load_thread_items(thread, None, 10, "asc", CONTEXT)

    action = {"type": "cards.flip", "payload": None}
    events = await ask(server, "threads.custom_action", thread_id=thread, action=action)

    assert events[-1]["message"] == "No card."
    assert await server.store.load_thread_items(thread, None, 10, "asc", CONTEXT) == before
