"""The six request types that are answered with a stream, beyond a plain message."""

from typing import Any

import pytest
from turnstream.conformance.requests import client_tool_output, retry_after, structured_input

from tests.support.chat_client import ChatRequest, custom_action, message

from .pair import THREAD, Pair

ANSWERS: dict[str, dict[str, Any]] = {
    "everything": {
        "one": {"values": ["red"]},
        "some": {"values": ["red", "blue"]},
        "why": {"values": ["because"]},
        "else": {"values": ["no", "nothing"]},
    },
    "too much for a single choice": {"one": {"values": ["red", "blue"]}},
    "a value of one's own": {"one": {"values": ["green"]}},
    "nothing": {},
    "some of it": {"why": {"values": []}, "some": {"values": ["red"], "skipped": True}},
    "unknown questions": {"who": {"values": ["me"]}, "why": {"values": ["so"]}},
}


async def test_a_message_brings_everything_the_composer_can_hold(pair: Pair) -> None:
    """Text, mentions, a quote, options and attachments reach the server as they reach stock."""
    file = {"name": "a.txt", "size": 3, "mime_type": "text/plain"}
    photo = {"name": "b.png", "size": 4, "mime_type": "image/png"}
    await pair.same(ChatRequest("attachments.create", file))
    await pair.same(ChatRequest("attachments.create", photo))
    asked = message(
        "what I said",
        attachments=["attachment-1", "attachment-2"],
        quoted_text="as you said",
        model="big",
        tool="search",
    )
    asked.params["input"]["content"] += [
        {"type": "input_tag", "id": "cat-1", "text": "Tom", "data": {"age": None, "deep": [1]}},
        {
            "type": "input_tag",
            "id": "c",
            "text": "C",
            "data": {},
            "group": "g",
            "interactive": True,
        },
        {"type": "input_text", "text": ""},
    ]
    await pair.same(asked)
    await pair.same_thread()


async def test_the_server_takes_in_what_was_uploaded(pair: Pair) -> None:
    """Metadata of attachments is the server's: it reads it, changes it, and no client sees it."""
    photo = {"name": "b.png", "size": 4, "mime_type": "image/png"}
    await pair.same(ChatRequest("attachments.create", photo))
    await pair.same(message("take in", attachments=["attachment-1"]))
    assert "secret" not in str((await pair.same_thread())[0])


async def test_the_server_looks_around(pair: Pair) -> None:
    """It sees the threads of its user."""
    for title in ("one", "two", "three"):
        await pair.same(message(f"title: {title}"))
    await pair.same(message("look around"))


async def test_the_server_makes_threads_of_its_own(pair: Pair) -> None:
    """They are its user's, and stand in the list."""
    await pair.say("branch off")
    titles = [t.get("title") for t in (await pair.same(ChatRequest("threads.list", {})))["data"]]
    assert titles == ["Branch", None]


async def test_the_server_may_ask_for_all_of_a_long_history(pair: Pair) -> None:
    """No limit of ours cuts short what a server reads in one go."""
    await pair.say("many: 105")
    await pair.say("recall: 1000 desc")
    await pair.say("recall: 106 asc")


async def test_a_message_may_hold_nothing_but_a_mention(pair: Pair) -> None:
    """The first part of a message need not be text."""
    asked = pair.message("")
    asked.params["input"]["content"] = [{"type": "input_tag", "id": "x", "text": "X", "data": {}}]
    await pair.same(asked)
    await pair.same_thread()


async def test_messages_follow_one_another(pair: Pair) -> None:
    """Order, history and thread changes add up over turns as they do with stock."""
    for text in ("hello", "title: One", "remember: key=1", "hidden", "widget", "recall: 3 desc"):
        await pair.say(text)
    for text in ("no title", "remember: key=", "agent", "agent thinks", "recall: 50 asc"):
        await pair.say(text)
    assert len(await pair.same_thread()) == 25


@pytest.mark.parametrize("result", [{"a": [1, {"b": None}]}, "text", 0, False, [], None])
async def test_a_client_tool_gives_its_output(pair: Pair, result: Any) -> None:
    """Any JSON is an output; the call is completed and the server hears of it."""
    await pair.say("client tool")
    await pair.same(client_tool_output(THREAD, result))
    await pair.same_thread()


async def test_a_pending_call_before_the_answered_one_is_dropped(pair: Pair) -> None:
    """Two calls in a row should not be; the older one goes."""
    await pair.say("client tools")
    await pair.same(client_tool_output(THREAD, "yes"))
    kinds = [item["type"] for item in await pair.same_thread()]
    assert kinds == ["user_message", "client_tool_call", "assistant_message"]


async def test_an_agents_run_goes_on_behind_a_client_tool(pair: Pair) -> None:
    """A workflow that was left open is closed by the next visible item, a turn later."""
    await pair.say("agent leaves work open")
    await pair.same(client_tool_output(THREAD, "blue"))
    await pair.say("agent")
    await pair.same_thread()


@pytest.mark.parametrize("case", ANSWERS)
@pytest.mark.parametrize("status", ["answered", "skipped"])
async def test_a_question_is_answered(pair: Pair, case: str, status: str) -> None:
    """Single choices keep one value, unknown questions are ignored, the rest is skipped."""
    await pair.say("question")
    await pair.same(structured_input(THREAD, "item-2", ANSWERS[case], status))
    await pair.same_thread()


async def test_a_retry_deletes_what_followed_the_message(pair: Pair) -> None:
    """The server answers again, with the history up to the message."""
    await pair.say("hello")
    await pair.say("many: 23")
    await pair.same(retry_after(THREAD, "item-1"))
    assert len(await pair.same_thread()) == 2


async def test_a_retry_of_the_last_message(pair: Pair) -> None:
    """What stood before it stays."""
    await pair.say("hello")
    last = (await pair.say("crash"))[0]["item"]["id"]
    await pair.same(retry_after(THREAD, last))
    await pair.same_thread()


@pytest.mark.parametrize("scene", ["widget", "list widget", "template widget"])
@pytest.mark.parametrize("action", ["say", "replace", "label"])
async def test_a_widget_acts(pair: Pair, scene: str, action: str) -> None:
    """The server gets the widget that the action came from, with all it was made of."""
    await pair.say(scene)
    await pair.same(custom_action(THREAD, action, "new", "item-2"))
    await pair.same_thread()


@pytest.mark.parametrize("payload", [None, {"a": None, "b": [{}]}, "text", 7])
async def test_the_page_acts(pair: Pair, payload: Any) -> None:
    """An action without a widget; its payload is any JSON."""
    await pair.say("hello")
    await pair.same(custom_action(THREAD, "say", payload))
    await pair.same_thread()


async def test_an_action_renames_the_thread(pair: Pair) -> None:
    """Thread updates come in the stream of an action too."""
    await pair.say("hello")
    await pair.same(custom_action(THREAD, "rename", "New name"))
    await pair.same_thread()


async def test_an_action_fails(pair: Pair) -> None:
    """With the words of the assistant."""
    await pair.say("widget")
    events = await pair.same(custom_action(THREAD, "dance", None, "item-2"))
    assert events[-1] == {
        "type": "error",
        "code": "custom",
        "message": "Nobody knows dance.",
        "allow_retry": False,
    }
    await pair.same_thread()


async def test_the_server_says_whether_a_stream_can_be_stopped(pair: Pair) -> None:
    """`get_stream_options` is asked for every turn, with the thread as it is then."""
    await pair.say("no way back")
    options = (await pair.say("hello"))[1]
    assert options == {"type": "stream_options", "stream_options": {"allow_cancel": False}}


@pytest.mark.parametrize("words", ["retry", "no retry"])
@pytest.mark.parametrize("scene", ["fail with words", "fail by code"])
async def test_an_error_says_whether_to_retry(pair: Pair, scene: str, words: str) -> None:
    """Code, words and the button are the assistant's."""
    events = await pair.say(f"{scene}: {words}")
    assert events[-1]["allow_retry"] is (words == "retry")
    await pair.same_thread()
