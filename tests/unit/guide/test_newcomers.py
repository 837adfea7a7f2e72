"""The demo model understands people who have read nothing, in three languages."""

from typing import Any, Literal

import pytest
from agents import FunctionTool
from pydantic import BaseModel, Field
from turnstream_guide.demonstrations import demonstrations
from turnstream_guide.keyless_model import Call, Plan, Request, Say
from turnstream_guide.keyless_model.conversation import Conversation, ToolOutcome
from turnstream_guide.keyless_model.request import Offer, offers
from turnstream_guide.keyless_model.sentences import decide
from turnstream_guide.keyless_model.small_talk import SmallTalk, small_talk
from turnstream_guide.keyless_model.understanding import SUGGEST, told_fact
from turnstream_tools import ToolContext, tool

from tests.unit.guide.newcomers import (
    ABILITIES,
    ENGLISH,
    GREETING,
    SIMPLIFIED,
    TRADITIONAL,
)
from tests.unit.guide.test_sentences import OFFERS

RULES = [rule for each in demonstrations() for rule in each.rules]
BUTTONS = {SUGGEST: Offer({"properties": {"sentences": {"type": "array"}}})}
NAMED = {
    "please demonstrate a long-running server tool": "long_running_server_tool_status",
    "run the workflow demo": "demo_workflow",
    "I have two cats": "save_fact",
    "show me a widget with a button and a form": "fully_dynamic_widget",
    "hello": GREETING,
    "what can you do?": ABILITIES,
    "can you show me some progress?": "long_running_server_tool_status",
    "ask me something": "ask_questions",
    "我养了两只猫": "save_fact",
    "我養了兩隻貓": "save_fact",
    "我想去京都玩": "plan_trip",
}
"""Sentences that were answered with an excuse once, and by which words were chosen."""


def decided(said: str, more: dict[str, Offer] | None = None) -> Plan:
    """What the demo model does about a sentence in the guide."""
    return decide(Request(Conversation(said), OFFERS | (more or {})), RULES)


def meaning(said: str) -> str:
    """The tool that is called, or what kind of small talk the sentence is."""
    plan = decided(said)
    if isinstance(plan, Call):
        return plan.tool
    kinds = {SmallTalk.GREETING: GREETING, SmallTalk.ABILITIES: ABILITIES}
    talk = small_talk(said)
    return kinds.get(talk, "thanks") if talk else "not understood"


def test_nine_of_ten_newcomers_get_what_they_mean() -> None:
    """In their own words, in each language; the sentences were not used to choose the words.

    A question back, or three sentences to choose from, counts as a miss here.
    """
    fresh = [each for each in (*ENGLISH, *TRADITIONAL, *SIMPLIFIED) if each[0] not in NAMED]
    missed = [said for said, meant in fresh if meaning(said) not in meant]
    assert len(missed) <= len(fresh) / 10, missed
    for sentences in (ENGLISH, TRADITIONAL, SIMPLIFIED):
        assert len([said for said, _ in sentences if said in missed]) <= len(sentences) / 6


def test_there_are_enough_newcomers() -> None:
    """Sixty of their sentences, none of which was named before."""
    every = {said for said, _ in (*ENGLISH, *TRADITIONAL, *SIMPLIFIED)} - NAMED.keys()
    assert len(every) >= 60


@pytest.mark.parametrize("said", NAMED)
def test_a_sentence_that_was_met_with_an_excuse_is_understood(said: str) -> None:
    assert meaning(said) == NAMED[said]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("hello", "Hello!"),
        ("你好", "你好！"),
        ("what can you do?", "demo model"),
        ("你会做什么？", "演示模型"),
        ("你會做什麼？", "示範模型"),
        ("tell me a joke", "demo model"),
    ],
)
def test_small_talk_is_answered_and_says_that_this_is_the_demo_model(
    said: str, answer: str
) -> None:
    """In the script of the user."""
    plan = decided(said)
    assert isinstance(plan, Say)
    assert answer in plan.text
    assert any(name in plan.text for name in ("demo model", "示範模型", "演示模型"))


def test_a_question_about_what_came_with_it_is_no_small_talk() -> None:
    """A mention or a file is told of first, however the sentence sounds."""
    note = '<TAG name="Widgets">{"text": "Cards made of JSON"}</TAG>'
    about = decide(Request(Conversation("what is this?", mentioned=(note,)), OFFERS), RULES)
    assert isinstance(about, Say)
    assert "Cards made of JSON" in about.text


def test_the_nearest_three_are_offered_as_buttons_when_it_is_not_sure() -> None:
    """With the sentences that those tools know; without the buttons the answer has them."""
    plan = decided("I think ChatKit is nice", BUTTONS)
    assert isinstance(plan, Call)
    assert plan.tool == SUGGEST
    offered = plan.arguments["sentences"]
    assert len(offered) == 3
    assert all(isinstance(decided(each), Call) for each in offered)

    said = decided("I think ChatKit is nice")
    assert isinstance(said, Say)
    assert all(each in said.text for each in offered)
    assert "demo model" in said.text


@pytest.mark.parametrize(
    "said",
    ["tell me a joke", "the quick brown fox", "go on", "what did I say?", "嗯", "42", "…"],
)
def test_what_nothing_fits_calls_nothing(said: str) -> None:
    """A tool is not called by one common word."""
    assert isinstance(decided(said, BUTTONS), Say)


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("I have two cats", "I have two cats"),
        ("well, my brother is a pilot.", "my brother is a pilot"),
        ("我在上海工作。", "我在上海工作"),
        ("我要一張圖表", None),
        ("Max is my name", "Max is my name"),
        ("what is my name", None),
        ("this is my first time", None),
        ("I have a question", None),
        ("I want a chart", None),
        ("my order has not come", None),
        ("do I have cats?", None),
        ("我想去京都", None),
        ("我可以問你嗎", None),
    ],
)
def test_a_statement_about_oneself_is_a_fact_and_a_wish_is_none(
    said: str, fact: str | None
) -> None:
    assert told_fact(said) == fact


def test_a_tool_that_only_rules_call_ends_as_if_its_own_sentence_had_been_said() -> None:
    """Also after the tool has answered: the rule knows the sentence that was meant."""
    said = "let me see your reasoning"
    first = decided(said)
    assert isinstance(first, Call)
    assert first.tool == "demo_cot"
    outcome = ToolOutcome("demo_cot", first.arguments, "The user has seen the thoughts.")
    then = decide(Request(Conversation(said, (outcome,)), OFFERS), RULES)
    assert isinstance(then, Say)
    assert "chain of thought" in then.text


class LookUpOrder(BaseModel):
    """As in the README."""

    number: str = Field(description="The order's number, for example: A-1042")


class Refund(BaseModel):
    """Of every kind one."""

    order_id: str
    amount: float
    reason: Literal["damaged", "late", "wrong_item"]


class Reservation(BaseModel):
    """With a date."""

    restaurant: str
    people: int
    date: str = Field(description="The date, as YYYY-MM-DD")


@tool(name="look_up_order", description="Look up where an order is.", idempotent=True)
async def look_up_order(call: ToolContext, args: LookUpOrder) -> str:
    """Somebody's own tool."""
    return args.number


@tool(name="refund_purchase", description="Give the money of an order back to the customer.")
async def refund_purchase(call: ToolContext, args: Refund) -> str:
    """Another one."""
    return args.order_id


@tool(name="reserve_table", description="Reserve a table at a restaurant.")
async def reserve_table(call: ToolContext, args: Reservation) -> str:
    """And one more."""
    return args.restaurant


OWN = offers(
    FunctionTool(each.name, each.spec.description, each.spec.parameters, on_invoke_tool=None)  # type: ignore[arg-type]
    for each in (look_up_order, refund_purchase, reserve_table)
)


@pytest.mark.parametrize(
    ("said", "name", "arguments"),
    [
        ("where is my order A-1042?", "look_up_order", {"number": "A-1042"}),
        ("track order 1042", "look_up_order", {"number": "1042"}),
        ("what's the status of order A-1042", "look_up_order", {"number": "A-1042"}),
        ("has order B-77 been shipped?", "look_up_order", {"number": "B-77"}),
        ("我的訂單 A-1042 在哪裡？", "look_up_order", {"number": "A-1042"}),
        ("查一下订单 A-1042", "look_up_order", {"number": "A-1042"}),
        (
            "please refund order A-1042, 30 euros, it was damaged",
            "refund_purchase",
            {"order_id": "A-1042", "amount": 30.0, "reason": "damaged"},
        ),
        (
            "book a table for 4 at Luigi on 2026-12-24",
            "reserve_table",
            {"restaurant": "Luigi", "people": 4, "date": "2026-12-24"},
        ),
    ],
)
def test_a_tool_of_the_users_own_is_found_and_gets_what_stands_in_the_sentence(
    said: str, name: str, arguments: dict[str, Any]
) -> None:
    """By its name, its description and its parameters: it has no sentences."""
    assert decided(said, OWN) == Call(name, arguments)


@pytest.mark.parametrize(
    ("said", "asked"),
    [("where is my order?", "number"), ("give me my money back", "amount")],
)
def test_what_the_sentence_does_not_say_is_asked_for_and_never_made_up(
    said: str, asked: str
) -> None:
    plan = decided(said, OWN)
    assert isinstance(plan, Say)
    assert asked in plan.text
