"""What a worker tells of a turn: agents, handoffs, guardrails, models, tools; bought or played
back, and what was said only where it is asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    RunConfig,
    Runner,
    custom_span,
    function_tool,
    input_guardrail,
    set_trace_processors,
    set_tracing_disabled,
    trace,
)
from agents.tracing import get_trace_provider
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import ThreadStreamEvent
from opentelemetry.sdk.trace import ReadableSpan
from turnstream_worker.spans import content
from turnstream_worker.spans.agents_sdk import MOST_OPEN, AgentSpans, follow_sdk
from turnstream_worker.testing import ScriptedModel, calls, local_app, says
from turnstream_worker.usage.providers import provider_of

from tests.support.watching.spans import Spans, recorded, told

SECRET = "marzipan"
CONFIG = RunConfig()


@function_tool
def count_up(what: str) -> str:
    return f"{what} once"


@function_tool
def stumble() -> str:
    raise ValueError(SECRET)


@input_guardrail
def kind_words(context: Any, agent: Any, input: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=SECRET, tripwire_triggered=False)


class Bakery(ChatKitServer[Any]):
    """A waiter hands over to a baker, who counts."""

    async def respond(
        self, thread: Any, input_user_message: Any, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        baker = Agent[Any](name="Baker", model="gpt-a", tools=[count_up, stumble])
        waiter = Agent[Any](
            name="Waiter", model="gpt-a", handoffs=[baker], input_guardrails=[kind_words]
        )
        newest = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(newest.data[::-1])
        agent_context: Any = AgentContext(thread=thread, store=self.store, request_context=context)
        with trace("Bakery"), custom_span("opening", {"of": SECRET}):
            run = Runner.run_streamed(waiter, items, context=agent_context, run_config=CONFIG)
            async for event in stream_agent_response(agent_context, run):
                yield event


@pytest.fixture
def spans() -> Iterator[Spans]:
    with recorded() as recording:
        yield recording
    set_trace_processors([])
    set_tracing_disabled(True)


def script(*, fails: bool = False) -> ScriptedModel:
    call = calls("stumble") if fails else calls("count_up", what=SECRET)
    return ScriptedModel(calls("transfer_to_baker"), call, says(f"A {SECRET} pie."))


async def answered(model: ScriptedModel, **options: Any) -> None:
    async with local_app(Bakery, model) as app:
        follow_sdk()
        turn = await app.say(SECRET, **options)
    assert SECRET in turn.text


def parents(spans: list[ReadableSpan]) -> dict[str, str]:
    names = {each.context.span_id: each.name for each in spans}
    return {each.name: names.get(each.parent.span_id, "") if each.parent else "" for each in spans}


async def test_the_sdks_spans_are_in_the_trace_of_the_turn(spans: Spans) -> None:
    """Each beneath its parent; a model call makes one span, whatever the SDK says of it."""
    await answered(script())

    above = parents(spans.all())
    assert above["opening"] == "turnstream.attempt"
    assert above["invoke_agent Waiter"] == above["invoke_agent Baker"] == "opening"
    assert above["guardrail kind_words"] == "invoke_agent Waiter"
    assert above["handoff Baker"] == "invoke_agent Waiter"
    assert above["execute_tool count_up"] == "invoke_agent Baker"
    assert len(spans.named("chat scripted")) == 3
    assert {told(each, "gen_ai.agent.name")[0] for each in spans.named("chat scripted")} == {
        "Waiter",
        "Baker",
    }


async def test_every_span_names_its_thread_and_turn(spans: Spans) -> None:
    """The SDK's too."""
    await answered(script())
    shared = ("gen_ai.conversation.id", "turnstream.turn.id", "turnstream.turn.attempt")
    [facts] = {told(each, *shared) for each in spans.all()}
    assert all(facts)


async def test_nothing_that_was_said_is_told(spans: Spans) -> None:
    """Neither by a user, nor a model, a tool, a guardrail or an app."""
    await answered(script())
    await answered(script(fails=True))
    assert [each.name for each in spans.all() if SECRET in each.to_json()] == []


async def test_what_was_said_is_told_where_it_is_asked_for(
    spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the form of the conventions."""
    monkeypatch.setattr(content, "is_captured", lambda: True)
    await answered(script())

    last = spans.named("chat scripted")[-1]
    asked, said = told(last, "gen_ai.input.messages", "gen_ai.output.messages")
    assert orjson.loads(asked)[0] == {
        "role": "user",
        "parts": [{"type": "text", "content": SECRET}],
    }
    assert [each["role"] for each in orjson.loads(asked)][-1] == "tool"
    assert orjson.loads(said)[0]["parts"][0]["content"] == f"A {SECRET} pie."
    [tool] = spans.named("execute_tool count_up")
    assert told(tool, "gen_ai.tool.call.result") == (f"{SECRET} once",)


def test_of_a_long_talk_the_newest_messages_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector refuses what is too long."""
    monkeypatch.setattr(content, "is_captured", lambda: True)
    items = [{"role": "user", "content": f"{number} " + "x" * 1000} for number in range(200)]
    with recorded() as recording:
        span = recording.provider.get_tracer("test").start_span("a model")
        content.set_messages(span, "messages", items)
        span.end()
    kept = orjson.loads(told(recording.all()[0], "messages")[0])
    assert len(kept) < 70
    assert kept[-1]["parts"][0]["content"].startswith("199 ")


async def test_what_is_played_back_is_marked(spans: Spans) -> None:
    """In the second attempt: the model's answers and the tool's result of the first."""
    await answered(script(), deployed_after=f"A {SECRET}")

    played = "turnstream.playback"
    second = [each for each in spans.all() if told(each, "turnstream.turn.attempt") == (2,)]
    marks = [told(each, played)[0] for each in second if each.name == "chat scripted"]
    assert marks == [True, True, True]
    [tool] = [each for each in second if each.name == "execute_tool count_up"]
    assert told(tool, played) == (True,)
    first, last = spans.named("turnstream.attempt")
    assert told(first, "turnstream.turn.status", "turnstream.attempt.interruption") == (
        "queued",
        "drain",
    )
    assert told(last, "turnstream.turn.status") == ("completed",)


async def test_a_tool_that_failed_is_marked(spans: Spans) -> None:
    """Though its turn goes on."""
    await answered(script(fails=True))
    [tool] = spans.named("execute_tool stumble")
    assert not tool.status.is_ok
    assert tool.status.description is None


async def test_an_app_may_turn_the_sdks_tracing_off(
    spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models and tools are in the trace all the same."""
    monkeypatch.setattr(CONFIG, "tracing_disabled", True)
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    async with local_app(Bakery, script()) as app:
        await app.say("hello")
    above = parents(spans.all())
    assert above["execute_tool count_up"] == above["chat scripted"] == "turnstream.attempt"


async def test_a_failed_turn_says_with_what(spans: Spans) -> None:
    """By its code, as the log does."""
    async with local_app(Bakery, ScriptedModel()) as app:
        await app.say("hello")
    [attempt] = spans.named("turnstream.attempt")
    status, code = told(attempt, "turnstream.turn.status", "error.type")
    assert status == "failed"
    assert code
    assert not attempt.status.is_ok


def test_nothing_goes_to_openai(spans: Spans) -> None:
    """The SDK has one processor then, and it is ours."""
    follow_sdk()
    processors = get_trace_provider()._multi_processor._processors  # type: ignore[attr-defined]
    assert [type(each) for each in processors] == [AgentSpans]


def test_spans_that_are_never_ended_do_not_stay(spans: Spans) -> None:
    """An app that is cancelled leaves some."""
    kept = AgentSpans()
    set_trace_processors([kept])
    set_tracing_disabled(False)
    with recorded() as recording, trace("a run"):
        attempt = recording.provider.get_tracer("test")
        with attempt.start_as_current_span("an attempt"):
            for _ in range(MOST_OPEN + 10):
                custom_span("left", {}).start()
    assert len(kept._open) == MOST_OPEN
    assert len(kept._own) <= MOST_OPEN


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.openai.com", "openai"),
        ("eu.api.openai.com", "openai"),
        ("me.openai.azure.com", "azure.ai.openai"),
        ("api.deepseek.com:443", "deepseek"),
        ("models.example:8000", "models.example"),
        ("", "turnstream"),
    ],
)
def test_a_provider_has_the_name_of_the_conventions(host: str, name: str) -> None:
    """Where they know it; else that of its host."""
    assert provider_of(host) == name


async def test_turns_beside_each_other_have_traces_of_their_own(spans: Spans) -> None:
    """Nothing of one is in the other's."""
    async with local_app(Bakery, ScriptedModel(*[says("Hello.")] * 4)) as app:
        follow_sdk()
        await asyncio.gather(*(app.say("hello") for _ in range(4)))
    by_trace: dict[int, set[Any]] = {}
    for span in spans.all():
        by_trace.setdefault(span.context.trace_id, set()).update(told(span, "turnstream.turn.id"))
    assert len(by_trace) == 4
    assert all(len(turns) == 1 for turns in by_trace.values())
