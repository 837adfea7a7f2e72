"""Real HTTP to a model endpoint, and tools that misbehave."""

import time

import orjson
import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient, assert_transcript_matches, message
from tests.support.model_server import (
    Fail,
    Hold,
    ModelServer,
    first,
    instructed,
    rounds,
    rules,
    status,
    text,
    tool_call,
)
from tests.support.waiting import wait_until_async

TITLE = (instructed("title"), text("A title"))


async def test_several_turns_work_over_chat_completions(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """The second turn sends the first answer back in a form that the endpoint takes."""
    model.script = rules(TITLE, otherwise=text("one ", "answer"))
    for words in ("first", "second", "third"):
        await modelled_client.send_message(words)
        assert modelled_client.ended == "completed"

    answers = modelled_client.items_of_type("assistant_message")
    assert len({answer["id"] for answer in answers}) == 3
    assert {call.request.model for call in model.calls} == {"ZhipuAI/GLM-4.6"}
    await assert_transcript_matches(modelled_client)


@pytest.mark.parametrize(
    ("tool", "failure"),
    [("raises", "raised"), ("hangs", "timed_out"), ("not_json", "not_json")],
)
async def test_a_misbehaving_tool_is_told_to_the_model_and_harms_nothing(
    modelled_client: ChatClient, model: ModelServer, tool: str, failure: str
) -> None:
    """The model reads what went wrong as the tool's output, and the turn completes."""
    answer = rounds(tool_call(tool, {}), text("It did not work."))
    model.script = rules(TITLE, otherwise=answer)

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    outputs = [output for call in model.calls for output in call.request.tool_outputs]
    assert orjson.loads(str(outputs[0]))["error"] == failure
    await assert_transcript_matches(modelled_client)


async def test_arguments_that_do_not_fit_are_told_to_the_model(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """The service validates: the model learns which argument is wrong."""
    answer = rounds(tool_call("get_weather", {"location": 7}), text("Sorry."))
    model.script = rules(TITLE, otherwise=answer)

    await modelled_client.send_message("go")

    outputs = [output for call in model.calls for output in call.request.tool_outputs]
    told = orjson.loads(str(outputs[0]))
    assert told["error"] == "invalid_arguments"
    assert "location" in told["detail"]


async def test_a_client_tool_is_asked_for_after_a_success_only(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """A call with bad arguments goes back to the model, and the page waits for the next one."""
    answer = rounds(
        tool_call("switch_theme", {"theme": "loud"}), tool_call("switch_theme", {"theme": "dark"})
    )
    model.script = rules(TITLE, otherwise=answer)

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    outputs = [output for call in model.calls for output in call.request.tool_outputs]
    assert orjson.loads(str(outputs[0]))["error"] == "invalid_arguments"
    (asked,) = modelled_client.items_of_type("client_tool_call")
    assert asked["arguments"] == {"theme": "dark"}
    await assert_transcript_matches(modelled_client)


async def test_a_busy_endpoint_is_asked_again(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """429 with Retry-After: the turn waits, tries again, and the user sees one answer."""
    busy = first(1, status(429, {"Retry-After": "0.2"}), text("at last"))
    model.script = rules(TITLE, otherwise=busy)

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    assert modelled_client.text == "at last"
    assert modelled_client.errors == []
    await assert_transcript_matches(modelled_client)


async def test_a_cut_stream_is_asked_again(modelled_client: ChatClient, model: ModelServer) -> None:
    """An answer that broke off is taken back and written anew, once."""
    cut = first(1, text("half ", "an ", "ans").cut_after(2), text("whole answer"))
    model.script = rules(TITLE, otherwise=cut)

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    assert modelled_client.text == "whole answer"
    await assert_transcript_matches(modelled_client)


@pytest.mark.parametrize("code", [400, 401])
async def test_a_refusing_endpoint_fails_the_turn_at_once(
    modelled_client: ChatClient, model: ModelServer, code: int
) -> None:
    """What trying again can't help fails visibly, and the thread can be used."""
    model.script = rules(TITLE, otherwise=status(code))
    await modelled_client.send_message("go")
    assert modelled_client.ended == "failed"
    assert [error["type"] for error in modelled_client.errors] == ["error"]

    model.script = rules(TITLE, otherwise=text("fine"))
    await modelled_client.send_message("and now")
    assert modelled_client.ended == "completed"


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "server_error"])
async def test_an_error_inside_an_answer_is_tried_again_like_a_status(
    modelled_client: ChatClient, model: ModelServer, code: str
) -> None:
    """The answer began with 200. The user sees one answer, whole."""
    fails = text("half an ") + Fail(code, "Please try again in 0.1s.")
    model.script = rules(TITLE, otherwise=first(1, fails, text("a whole answer")))

    await modelled_client.send_message("go")

    assert modelled_client.ended == "completed"
    assert modelled_client.text == "a whole answer"
    await assert_transcript_matches(modelled_client)


async def test_a_wait_that_a_model_asks_for_is_told_and_can_be_stopped(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """It asks for a day. The turn waits for a minute, and its thread is free once it is stopped."""
    model.script = rules(TITLE, otherwise=status(429, {"Retry-After": "86400"}))
    async with modelled_client.stream(*message("go")) as turn:
        notice = await turn.until_type("notice")
        stopped = time.monotonic()
        await modelled_client.cancel(turn.turn_id)
        await turn.to_end()

    assert "60 seconds" in notice["message"]
    assert time.monotonic() - stopped < 10
    assert modelled_client.ended == "cancelled"
    model.script = rules(TITLE, otherwise=text("fine"))
    await modelled_client.send_message("and now")
    assert modelled_client.ended == "completed"


async def test_a_dead_letter_is_listed_with_its_reason(
    modelled_client: ChatClient, model: ModelServer, modelled: Stack
) -> None:
    """A turn that fails all its attempts is shown to the user and to the operator."""
    model.script = rules(TITLE, otherwise=status(503))

    turn = await modelled_client.send_message("go")

    assert modelled_client.ended == "failed"
    assert len([call for call in model.calls if call.request.last_user_text == "go"]) >= 3
    shown = (await modelled_client.call("GET", f"/turns/{turn.turn_id}"))["error"]
    assert shown["code"] == "model_unavailable"


async def test_a_stop_closes_the_connection_to_the_model_within_a_second(
    modelled_client: ChatClient, model: ModelServer
) -> None:
    """Nothing more is paid for once the user has pressed Stop."""
    held = text("one ", Hold("never"), "two")
    model.script = rules(TITLE, otherwise=held)
    async with modelled_client.stream(*message("go")) as turn:
        await turn.until_type("thread.item.updated")
        stopped = time.monotonic()
        await modelled_client.cancel(turn.turn_id)
        await turn.to_end()
    titles = instructed("title")
    answer = next(call for call in model.calls if not titles(call.request))
    await wait_until_async(lambda: answer.disconnected is not None, message="still connected")

    assert answer.disconnected is not None
    assert answer.disconnected - stopped < 1.0
    assert modelled_client.ended == "cancelled"
    await assert_transcript_matches(modelled_client)
