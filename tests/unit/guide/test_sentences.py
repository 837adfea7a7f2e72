"""What users say, in three languages, reaches the tools of the catalogue and of the guide."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from agents import FunctionTool
from chatkit.types import ThreadMetadata
from turnstream.i18n import LOCALES
from turnstream_guide.demonstrations import demonstrations
from turnstream_guide.keyless_model import Call, Request
from turnstream_guide.keyless_model.conversation import Conversation
from turnstream_guide.keyless_model.request import Offer, offers
from turnstream_guide.keyless_model.sentences import decide, language
from turnstream_guide.language.texts import translator
from turnstream_guide.phrases import PHRASES
from turnstream_guide.phrases.starters import in_english, starters
from turnstream_guide.turn import Turn
from turnstream_tools.registry import load_tools

SPECS = [each.spec for each in load_tools("turnstream_guide.tools")]
TOOLS = [
    FunctionTool(spec.name, spec.description, spec.parameters, on_invoke_tool=None)  # type: ignore[arg-type]
    for spec in sorted(SPECS, key=lambda spec: spec.name)
]
OFFERS = offers(TOOLS)
NOBODY: Any = None
TURN = Turn(
    thread=ThreadMetadata(id="thr_1", created_at=datetime.now(UTC)),
    store=NOBODY,
    context=NOBODY,
    models=NOBODY,
    model=NOBODY,
    locale="en",
    translate=str,
    answer=NOBODY,
    resume=NOBODY,
)
OFFERS |= offers(tool for each in demonstrations() for tool in each.tools(TURN))


def called(sentence: str) -> Call | None:
    plan = decide(Request(Conversation(sentence), OFFERS))
    return plan if isinstance(plan, Call) else None


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("tool", [name for name, offer in OFFERS.items() if offer.phrases])
def test_a_hint_calls_its_own_tool(tool: str, locale: str) -> None:
    """Every tool tells users a sentence in their language, and the sentence works."""
    hint = translator(locale)(OFFERS[tool].hint)
    assert (hint == OFFERS[tool].hint) == (locale == "en"), f"{hint!r} is not in {locale}"
    plan = called(hint)

    assert plan is not None, f"{tool}: nothing came of {hint!r}"
    assert plan.tool == tool


@pytest.mark.parametrize("locale", starters())
def test_a_starter_of_the_demo_page_shows_its_demonstration_in_every_language(locale: str) -> None:
    """Whatever the visitor's language, a click calls the tool it promises. What no tool does, an
    agent's rule knows.
    """
    rules = [rule for each in demonstrations() for rule in each.rules]
    handoff = {"thinking_agent_handoff": Offer()}
    in_offer = {name for name, offer in OFFERS.items() if offer.phrases}

    assert starters()[locale].keys() == {*PHRASES, "thinking_agent_handoff"}
    for tool, sentence in starters()[locale].items():
        if tool in in_offer:
            plan = called(sentence)
            assert plan is not None, f"nothing came of {sentence!r}"
            assert plan.tool == tool, sentence
        elif tool != "units_convert_length":  # of a server that is not there
            request = Request(Conversation(in_english(sentence)), OFFERS | handoff)
            assert any(rule(request) for rule in rules), f"no rule knows {sentence!r}"


def test_japanese_is_not_taken_for_chinese() -> None:
    """It is written with the same characters, among others; the answer is in English then."""
    assert language(Request(Conversation("東京の天気を教えて"))) == "en"
    assert language(Request(Conversation("東京的天氣"))) == "zh-TW"


@pytest.mark.parametrize(
    ("sentence", "tool", "arguments"),
    [
        ("What's the weather like in New York today?", "get_weather", {"location": "New York"}),
        ("台北今天的天氣", "get_weather", {"location": "台北"}),
        ("上海的天气", "get_weather", {"location": "上海"}),
        ("Hi! My name is Ann.", "save_fact", {"fact": "My name is Ann"}),
        ("I like tea, really", "save_fact", {"fact": "I like tea, really"}),
        ("我住在台北。", "save_fact", {"fact": "我住在台北"}),
        ("Please write an email to a.b@x.org saying hi", "send_email", {"to": "a.b@x.org"}),
        ("寄一封電子郵件給 a@x.org，說明天見", "send_email", {"to": "a@x.org", "body": "明天見"}),
        ("给 a@x.org 发一封邮件，说你好", "send_email", {"to": "a@x.org", "body": "你好"}),
        ("switch to light", "switch_theme", {"theme": "light"}),
        ("請換成深色", "switch_theme", {"theme": "dark"}),
        ("run a long task", "long_running_task", {"seconds": 5}),
        ("Run a long task for 12 seconds", "long_running_task", {"seconds": 12}),
        ("執行一個 3 秒的長時間工作", "long_running_task", {"seconds": 3}),
        ("put bread on my to-do list", "todo_list", {"new_entries": "bread"}),
        ("Show me my todo list", "todo_list", {"new_entries": ""}),
        ("把牛奶加到待辦清單", "todo_list", {"new_entries": "牛奶"}),
        ("把牛奶加到待办清单", "todo_list", {"new_entries": "牛奶"}),
        ("Give me another tip", "show_tip", {"number": 1}),
        ("tip 3", "show_tip", {"number": 3}),
        ("show me loading buttons", "action_buttons", {}),
        ("顯示動作按鈕", "action_buttons", {}),
        ("显示动作按钮", "action_buttons", {}),
        ("Plan a trip to New York!", "plan_trip", {"place": "New York"}),
        ("plan my trip", "plan_trip", {"place": ""}),
        ("規劃一趟去東京的旅行", "plan_trip", {"place": "東京"}),
        ("规划一次去东京的旅行", "plan_trip", {"place": "东京"}),
        ("Ask me a few questions", "ask_questions", {"questions": []}),
        ("問我幾個問題", "ask_questions", {"questions": []}),
        ("问我几个问题", "ask_questions", {"questions": []}),
        ("Let me choose a topic", "offer_topics", {}),
        ("讓我選一個主題", "offer_topics", {}),
        ("让我选一个主题", "offer_topics", {}),
        (
            "Show me a sample widget that says good morning",
            "sample_widget",
            {"text": "good morning"},
        ),
        ("給我看一個範例小工具", "sample_widget", {}),
        ("draw a chart of 3, -5 and 8.5", "draw_chart", {"values": "3, -5 and 8.5"}),
        ("Draw me a chart", "draw_chart", {"values": [12, 14, 13, 17, 19, 18, 15]}),
        ("畫一張圖表", "draw_chart", {"values": [12, 14, 13, 17, 19, 18, 15]}),
        ("画一张图表：3、5、8", "draw_chart", {"values": "3、5、8"}),
        ("show a danger notice", "show_notice", {"level": "danger"}),
        ("顯示警告通知", "show_notice", {"level": "warning"}),
        ("显示通知", "show_notice", {"level": "info"}),
        ("fire the client effect named snow", "send_client_effect", {"name": "snow"}),
        ("送出用戶端效果", "send_client_effect", {"name": "celebrate"}),
        ("发送客户端效果", "send_client_effect", {"name": "celebrate"}),
        ("show the demo workflow about themes", "demo_workflow", {"topic": "themes"}),
        ("顯示示範工作流程", "demo_workflow", {"topic": None}),
        ("显示演示工作流", "demo_workflow", {"topic": None}),
        (
            "show the status of a tool for 9 seconds",
            "long_running_server_tool_status",
            {"seconds": 9},
        ),
        ("看看伺服器工具的狀態", "long_running_server_tool_status", {"seconds": None}),
        ("显示一个 3 秒的服务器工具状态", "long_running_server_tool_status", {"seconds": 3}),
        ("给我看一个示例小组件", "sample_widget", {}),
        ("How do client tools work in ChatKit?", "search_docs", {}),
        ("what is a dead letter?", "search_docs", {"query": "what is a dead letter?"}),
        ("search the docs for resume", "search_docs", {"query": "resume"}),
        ("ChatKit 的附件怎麼用？", "search_docs", {"query": "ChatKit 的附件怎麼用？"}),
        ("如何进行身份验证？", "search_docs", {"query": "如何进行身份验证？"}),
    ],
)
def test_a_plain_sentence_calls_its_tool(
    sentence: str, tool: str, arguments: dict[str, Any]
) -> None:
    plan = called(sentence)

    assert plan is not None
    assert plan.tool == tool
    assert arguments.items() <= plan.arguments.items()


@pytest.mark.parametrize("piece", ["y", "中", "寄", "a@", "chatkit how ", "研究", "1", "-"])
def test_no_message_keeps_a_worker_busy(piece: str) -> None:
    """Every pattern that reads a message is bounded: one that is not takes hours for these."""
    rules = [rule for each in demonstrations() for rule in each.rules]
    started = time.process_time()
    decide(Request(Conversation((piece * 200_000)[:200_000]), OFFERS), rules)

    assert time.process_time() - started < 5


@pytest.mark.parametrize("sentence", ["hello", "What is my name?", "Do I like tea?", "你好", ""])
def test_other_sentences_call_nothing(sentence: str) -> None:
    assert called(sentence) is None
