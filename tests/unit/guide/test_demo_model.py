"""The demo model understands plain sentences, and answers from its input alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from agents import (
    Agent,
    ModelSettings,
    ModelTracing,
    Runner,
    RunResultStreaming,
    Tool,
    function_tool,
)
from agents.items import TResponseStreamEvent
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.types import ThreadMetadata
from turnstream_guide.keyless_model import Call, DemoModel, Plan, Request, Say, call
from turnstream_guide.keyless_model.conversation import Conversation, ToolOutcome, read
from turnstream_guide.keyless_model.request import Offer, offers
from turnstream_guide.keyless_model.sentences import decide, language, title
from turnstream_guide.phrases import Phrase, Sentences

from tests.support.stock import MemoryStore
from tests.unit.worker.talking import (
    Event,
    answer_of,
    items_of,
    streamed_text,
)

ANSWER = "assistant_message"


@function_tool
def get_weather(location: str, unit: str = "celsius") -> str:
    """The weather."""
    return f'{{"place": "{location}", "degrees": 12}}'


@function_tool
def save_fact(fact: str) -> str:
    """Save a fact."""
    return "saved"


@function_tool
def switch_theme(theme: str) -> str:
    """Switch the theme."""
    return "switched"


@function_tool
def long_running_task(seconds: int) -> str:
    """Take a while."""
    return "finished"


TOOLS: list[Tool] = [get_weather, save_fact, switch_theme, long_running_task]
SENTENCES = {
    "get_weather": Sentences(
        "weather in Oslo", Phrase(r"weather.*? in (?P<location>\w+)"), Phrase("weather")
    ),
    "save_fact": Sentences("", Phrase(r"(?P<fact>I live in \w+)")),
    "switch_theme": Sentences("", Phrase("dark|深色", {"theme": "dark"})),
    "long_running_task": Sentences("", Phrase(r"task for (?P<seconds>\d+)")),
}
OFFERED = offers(TOOLS, sentences=SENTENCES)
MODEL = DemoModel(sentences=SENTENCES)


@pytest.mark.parametrize(
    ("sentence", "tool", "arguments"),
    [
        ("weather in Oslo", "get_weather", {"location": "Oslo"}),
        ("I live in Oslo", "save_fact", {"fact": "I live in Oslo"}),
        ("dark theme please", "switch_theme", {"theme": "dark"}),
        ("請換成深色", "switch_theme", {"theme": "dark"}),
        ("run a task for 12 seconds", "long_running_task", {"seconds": 12}),
    ],
)
def test_a_plain_sentence_calls_its_tool(
    sentence: str, tool: str, arguments: dict[str, Any]
) -> None:
    plan = decide(Request(Conversation(sentence), OFFERED))

    assert isinstance(plan, Call)
    assert plan.tool == tool
    assert arguments.items() <= plan.arguments.items()


@pytest.mark.parametrize("sentence", ["hello", "What is my name?", "Do I like tea?", ""])
def test_anything_else_gets_an_introduction(sentence: str) -> None:
    plan = decide(Request(Conversation(sentence), OFFERED))

    assert isinstance(plan, Say)
    assert "demo model" in plan.text
    assert "no API key" in plan.text


@pytest.mark.parametrize("sentence", ["weather in Oslo", "I live in Oslo", "dark theme please"])
def test_a_tool_that_is_not_offered_is_not_called(sentence: str) -> None:
    plan = decide(Request(Conversation(sentence)))

    assert isinstance(plan, Say)
    assert "weather in" not in plan.text


def test_a_forced_tool_is_called_whatever_was_said() -> None:
    def forced(tool: str) -> Plan:
        return decide(Request(Conversation("hello"), OFFERED, forced=tool))

    assert forced("save_fact") == Call("save_fact", {"fact": "hello"})
    assert isinstance(forced("unknown"), Say)


def test_a_sentence_that_lacks_what_only_the_user_knows_is_asked_back() -> None:
    plan = decide(Request(Conversation("the weather, please"), OFFERED))

    assert isinstance(plan, Say)
    assert "weather in Oslo" in plan.text


def test_a_tool_that_declares_no_sentence_is_called_by_its_name() -> None:
    """Tools of an app that was written for the stock library work without a key too."""
    untaught = {"get_weather": Offer(get_weather.params_json_schema)}

    plan = decide(Request(Conversation("and again: weather in Oslo"), untaught))

    assert isinstance(plan, Call)
    assert (plan.tool, plan.arguments["location"]) == ("get_weather", "Oslo")
    assert isinstance(decide(Request(Conversation("hello"), untaught)), Say)


def test_a_tool_of_a_known_name_with_other_arguments_has_no_sentences() -> None:
    @function_tool(name_override="get_weather")
    def theirs(city: str) -> str:
        """The weather, in an app of somebody else."""
        return city

    plan = decide(Request(Conversation("weather in Oslo"), offers([theirs])))

    assert offers([theirs])["get_weather"].phrases == ()
    assert plan == Call("get_weather", {"city": "Oslo"})


def test_the_longest_match_decides() -> None:
    said = "is it dark, or what is the weather like in Oslo"

    plan = decide(Request(Conversation(said), OFFERED))

    assert isinstance(plan, Call)
    assert plan.tool == "get_weather"


def test_a_rule_comes_before_everything_else() -> None:
    def rule(request: Request) -> Plan | None:
        return Say("from the rule") if "weather" in request.said else None

    assert decide(Request(Conversation("weather in Oslo"), OFFERED), [rule]) == Say("from the rule")
    assert isinstance(decide(Request(Conversation("dark"), OFFERED), [rule]), Call)


@pytest.mark.parametrize(
    ("said", "instructions", "spoken_in"),
    [
        ("hello", "", "en"),
        ("hello", "Locale: zh-TW", "zh-TW"),
        ("請說明", "", "zh-TW"),
        ("请说明", "", "zh-CN"),
        ("請說明", "Locale: zh-CN", "zh-TW"),
        ("我养了两只猫", "", "zh-CN"),
        ("我養了兩隻貓", "Locale: zh-CN", "zh-TW"),
        ("你好", "Locale: zh-CN", "zh-CN"),
        ("我在台北的后面", "", "zh-TW"),
    ],
)
def test_the_user_is_answered_in_their_language(
    said: str, instructions: str, spoken_in: str
) -> None:
    assert language(Request(Conversation(said), instructions=instructions)) == spoken_in


def test_what_a_schema_requires_is_filled_in() -> None:
    schema = {
        "properties": {
            "city": {"type": "string"},
            "unit": {"enum": ["celsius", "fahrenheit"]},
            "days": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "note": {"type": "string", "default": "-"},
            "more": {"type": "boolean"},
        },
        "required": ["city", "unit", "days", "note"],
    }

    plan = call("get_weather", schema, {"city": "Oslo", "location": "Oslo"}, "weather in Oslo")

    assert plan.arguments == {"city": "Oslo", "unit": "celsius", "days": None, "note": "-"}


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (
            ToolOutcome("get_weather", {}, '{"place": "Oslo", "degrees": 12}'),
            "place Oslo, degrees 12",
        ),
        (ToolOutcome("record_fact", {"fact": "I live in Oslo"}, "{}"), "I live in Oslo"),
        (ToolOutcome("switch_theme", {"theme": "dark"}, '{"success": true}'), "dark"),
        (
            ToolOutcome("save_fact", {}, '{"success": false, "reason": "full"}'),
            "did not succeed: full.",
        ),
        (ToolOutcome("anything", {}, "42"), "42"),
        (ToolOutcome("anything", {}, '{"summary": "All is well."}'), "All is well."),
    ],
)
def test_what_tools_answered_is_told(outcome: ToolOutcome, told: str) -> None:
    plan = decide(Request(Conversation("anything", (outcome,)), OFFERED))

    assert isinstance(plan, Say)
    assert told in plan.text


def test_notes_that_chatkit_writes_in_the_users_name_are_not_the_users() -> None:
    conversation = read(
        [
            {"role": "user", "content": "I live in Oslo"},
            {"type": "function_call", "call_id": "c", "name": "record_fact", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "ok"},
            {"role": "user", "content": "Hidden context for the agent (not shown to the user):\n-"},
        ]
    )

    assert conversation.said == "I live in Oslo"
    assert [outcome.tool for outcome in conversation.outcomes] == ["record_fact"]


def test_what_the_user_did_without_a_word_is_acknowledged_not_the_last_sentence_repeated() -> None:
    conversation = read(
        [
            {"role": "user", "content": "weather in Oslo"},
            {"role": "user", "content": '<WIDGET_ACTION type="cards.flip">{}</WIDGET_ACTION>'},
        ]
    )

    plan = decide(Request(conversation, OFFERED))

    assert isinstance(plan, Say)
    assert "worked" in plan.text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("what's the weather like in Oslo? I wonder.", "What's the weather like in Oslo"),
        ("send an email to ann@example.com. Now!", "Send an email to ann@example.com"),
        (
            "explain to me in a few words, but well, what a chat is",
            "Explain to me in a few words, but well, what a…",
        ),
        ("ChatKit 的附件怎麼用？謝謝", "ChatKit 的附件怎麼用"),
        ("寄一封電子郵件給 ann@example.com，說你好", "寄一封電子郵件給…"),
        ("?!", "New conversation"),
    ],
)
def test_a_title_is_the_first_sentence_as_far_as_it_fits(said: str, expected: str) -> None:
    assert title(said) == expected


async def test_a_title_request_is_recognised_by_its_instructions() -> None:
    agent = Agent(name="any", instructions="Generate a short thread title.", model=MODEL)

    assert (await Runner.run(agent, "weather in Oslo")).final_output == "Weather in Oslo"


async def test_equal_input_gives_equal_events_in_every_model() -> None:
    events = await _events(MODEL, "weather in Oslo")

    assert events == await _events(
        DemoModel(timedelta(milliseconds=1), sentences=SENTENCES), "weather in Oslo"
    )
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert _ids(events).isdisjoint(_ids(await _events(MODEL, "weather in Rome")))


async def test_ids_differ_between_scopes() -> None:
    turns = iter(["turn_1", "turn_2", "turn_1"])
    model = DemoModel(timedelta(0), scope=lambda: next(turns))
    first, second, again = [await _events(model, "weather in Oslo") for _ in range(3)]

    assert _ids(first).isdisjoint(_ids(second))
    assert first == again


async def test_a_whole_answer_is_what_the_stream_ends_with() -> None:
    response = await MODEL.get_response(
        None, "count to 3", ModelSettings(), [], None, [], ModelTracing.DISABLED
    )
    last = (await _events(MODEL, "count to 3"))[-1]

    assert last.type == "response.completed"
    assert response.output == last.response.output
    assert response.usage.output_tokens == 3


async def test_a_run_calls_the_tool_and_streams_a_sentence_about_the_result() -> None:
    result, events = await _run("weather in Oslo")

    assert result.final_output == "`get_weather` answered: place Oslo, degrees 12."
    assert streamed_text(events) == answer_of(events) == result.final_output
    assert result.context_wrapper.usage.requests == 2
    assert result.context_wrapper.usage.output_tokens > 0


async def test_a_question_for_reasons_shows_a_thought_first() -> None:
    _, events = await _run("why is the sky blue?")

    (thought,) = items_of(events, "workflow")
    assert thought["workflow"]["type"] == "reasoning"
    assert events.index(_done(thought)) < events.index(_done(items_of(events, ANSWER)[0]))
    assert "real model" in streamed_text(events)


async def test_a_count_streams_word_by_word() -> None:
    _, events = await _run("count to 40")

    assert streamed_text(events) == " ".join(str(n) for n in range(1, 41))
    assert sum(event["type"] == "thread.item.updated" for event in events) > 40


async def _run(text: str) -> tuple[RunResultStreaming, list[Event]]:
    store, thread = MemoryStore(), ThreadMetadata(id="thr_1", created_at=datetime.now(UTC))
    await store.save_thread(thread, {})
    agent = Agent[AgentContext[Any]](name="demo", model=MODEL, tools=TOOLS)
    context: AgentContext[Any] = AgentContext(thread=thread, store=store, request_context={})
    result = Runner.run_streamed(agent, text, context=context)
    events = [event async for event in stream_agent_response(context, result)]
    return result, [event.model_dump(mode="json") for event in events]


def _done(item: Event) -> Event:
    return {"type": "thread.item.done", "item": item}


async def _events(model: DemoModel, text: str) -> list[TResponseStreamEvent]:
    stream = model.stream_response(
        None, text, ModelSettings(), TOOLS, None, [], ModelTracing.DISABLED
    )
    return [event async for event in stream]


def _ids(events: list[TResponseStreamEvent]) -> set[str]:
    return {event.item_id for event in events if hasattr(event, "item_id")}


@pytest.mark.parametrize(
    ("acted", "action"),
    [
        (
            '<WIDGET_ACTION widget="msg_1" type="a.b">{"x": "&lt;1&gt;"}</WIDGET_ACTION>',
            ("a.b", {"x": "<1>"}),
        ),
        ('<WIDGET_ACTION type="a.b">{"x": "cut…</WIDGET_ACTION>', ("a.b", {})),
        ('<WIDGET_ACTION type="a.b">[1]</WIDGET_ACTION>', ("a.b", {})),
        ("A structured input request was displayed", ("", {})),
        ("", ("", {})),
    ],
)
def test_a_rule_can_read_what_the_user_did(acted: str, action: tuple[str, Any]) -> None:
    assert Conversation("", acted=acted).action == action
