"""What can't be accepted is refused before it begins, with a status and a problem.

The stock server lets an exception out: a 500, or a 200 that breaks off without an error event.
Each docstring says what ours does instead, and neither leaves anything behind.
"""

from typing import Any

import pytest
from chatkit.store import NotFoundError
from pydantic import ValidationError
from turnstream.conformance.requests import client_tool_output, retry_after, structured_input

from tests.support.chat_client import ChatRequest, custom_action, message

from .pair import THREAD, Pair

NOWHERE = "thr_00000000"
ON_A_THREAD: list[ChatRequest] = [
    message("hello", NOWHERE),
    client_tool_output(NOWHERE, 1),
    structured_input(NOWHERE, "item", {}, "answered"),
    retry_after(NOWHERE, "item"),
    custom_action(NOWHERE, "say"),
    custom_action(NOWHERE, "say", sync=True),
    ChatRequest("threads.get_by_id", {"thread_id": NOWHERE}),
    ChatRequest("threads.update", {"thread_id": NOWHERE, "title": "x"}),
    ChatRequest("items.list", {"thread_id": NOWHERE}),
    ChatRequest("items.feedback", {"thread_id": NOWHERE, "item_ids": [], "kind": "positive"}),
]


@pytest.mark.parametrize("request_", ON_A_THREAD, ids=lambda request: request.type)
async def test_an_unknown_thread_is_not_found(pair: Pair, request_: ChatRequest) -> None:
    """404 `not_found`, where stock breaks off or answers 500."""
    problem, stock = await pair.refused(request_)
    assert (problem.status, problem.code) == (404, "not_found")
    assert isinstance(stock, NotFoundError)


async def test_deleting_an_unknown_thread_is_not_found(pair: Pair) -> None:
    """404, where stock says that it is done: a thread may also be another user's."""
    gone = ChatRequest("threads.delete", {"thread_id": NOWHERE})
    assert await pair.problem(gone) == (404, "not_found")
    assert await pair.stock.ask(gone) == {}


@pytest.mark.parametrize(
    "body",
    [
        ChatRequest("no.such.type", {}),
        ChatRequest("threads.create", {}),
        ChatRequest("threads.list", {"order": "sideways"}),
    ],
    ids=lambda request: request.type,
)
async def test_what_is_no_chatkit_request_is_a_bad_request(pair: Pair, body: ChatRequest) -> None:
    """400 that says where it is wrong, where stock answers 500."""
    problem, stock = await pair.refused(body)
    assert (problem.status, problem.code) == (400, "bad_request")
    assert isinstance(stock, ValidationError)


async def test_an_output_nobody_waits_for_is_refused(pair: Pair) -> None:
    """409 `nothing_pending`, where stock breaks off."""
    await pair.say("client tool")
    await pair.same(client_tool_output(THREAD, "first"))
    problem, _ = await pair.refused(client_tool_output(THREAD, "second"))
    assert (problem.status, problem.code) == (409, "nothing_pending")
    await pair.same_thread()


async def test_a_question_is_answered_once(pair: Pair) -> None:
    """409 `nothing_pending` for the second answer, where stock breaks off."""
    await pair.say("question")
    answer = structured_input(THREAD, "item-2", {}, "skipped")
    await pair.same(answer)
    problem, _ = await pair.refused(answer)
    assert (problem.status, problem.code) == (409, "nothing_pending")
    await pair.same_thread()


@pytest.mark.parametrize(
    "asked",
    [structured_input(THREAD, "item-1", {}, "answered"), retry_after(THREAD, "item-2")],
    ids=lambda request: request.type,
)
async def test_the_wrong_kind_of_item_is_refused(pair: Pair, asked: ChatRequest) -> None:
    """422 `unprocessable`, where stock breaks off."""
    await pair.say("hello")
    problem, stock = await pair.refused(asked)
    assert (problem.status, problem.code) == (422, "unprocessable")
    assert isinstance(stock, ValueError)
    await pair.same_thread()


async def test_an_action_can_only_come_from_a_widget(pair: Pair) -> None:
    """422, where stock answers with a bare error event (and breaks off for a sync action)."""
    await pair.say("hello")
    action = custom_action(THREAD, "say", None, "item-2")
    assert await pair.problem(action) == (422, "unprocessable")
    assert [event["type"] for event in await pair.stock.ask(action)] == ["error"]
    problem, _ = await pair.refused(custom_action(THREAD, "say", None, "item-2", sync=True))
    assert (problem.status, problem.code) == (422, "unprocessable")


@pytest.mark.parametrize("sync", [False, True])
async def test_an_action_of_an_unknown_item_is_not_found(pair: Pair, sync: bool) -> None:
    """404, where stock breaks off or answers 500."""
    await pair.say("hello")
    problem, _ = await pair.refused(custom_action(THREAD, "say", None, "msg_x", sync=sync))
    assert (problem.status, problem.code) == (404, "not_found")


async def test_a_retry_after_an_unknown_item_is_not_found(pair: Pair) -> None:
    """404, where stock reads the whole thread and sends an empty stream."""
    await pair.say("hello")
    retry = retry_after(THREAD, "msg_x")
    assert await pair.problem(retry) == (404, "not_found")
    assert await pair.stock.ask(retry) == []
    await pair.same_thread()


async def test_an_unknown_attachment_leaves_no_thread_behind(pair: Pair) -> None:
    """404 and nothing stored, where stock creates the thread and then breaks off."""
    problem, _ = await pair.refused(message("hello", attachments=["atc_x"]))
    assert (problem.status, problem.code) == (404, "not_found")
    assert (await pair.ours.raw("threads.list"))["data"] == []
    assert len((await pair.stock.raw("threads.list"))["data"]) == 1


async def test_an_attachment_stays_in_its_thread(pair: Pair) -> None:
    """422, where stock gives it to whatever thread names it last."""
    file = {"name": "a.txt", "size": 3, "mime_type": "text/plain"}
    await pair.same(ChatRequest("attachments.create", file))
    await pair.same(message("hello", attachments=["attachment-1"]))
    elsewhere = message("hello", attachments=["attachment-1"])
    assert await pair.problem(elsewhere) == (422, "unprocessable")
    await pair.stock.ask(elsewhere)


async def test_deleting_an_unknown_attachment_is_not_found(pair: Pair) -> None:
    """404 before the attachment store is asked; stock deletes the bytes first."""
    gone = ChatRequest("attachments.delete", {"attachment_id": "atc_x"})
    assert await pair.problem(gone) == (404, "not_found")
    assert await pair.stock.ask(gone) == {}


async def test_feedback_on_unknown_items_is_not_found(pair: Pair) -> None:
    """404, where stock hands the hook whatever ids it got."""
    await pair.say("hello")
    asked: dict[str, Any] = {"thread_id": THREAD, "item_ids": ["item-1", "x"], "kind": "negative"}
    feedback = ChatRequest("items.feedback", asked)
    assert await pair.problem(feedback) == (404, "not_found")
    assert await pair.stock.ask(feedback) == {}


async def test_an_unknown_cursor_is_not_found(pair: Pair) -> None:
    """404; a store that begins again would make a client load the same items for ever."""
    await pair.say("hello")
    page = ChatRequest("items.list", {"thread_id": THREAD, "after": "msg_x"})
    assert await pair.problem(page) == (404, "not_found")
    assert len((await pair.stock.raw(page.type, **page.params))["data"]) == 2


@pytest.mark.parametrize("audio", ["§§§§", "!!!!", "YQ"])
async def test_audio_that_is_not_base64_is_a_bad_request(pair: Pair, audio: str) -> None:
    """400; stock leaves out some of what it can't read, and answers 500 to the rest."""
    asked = {"audio_base64": audio, "mime_type": "audio/ogg"}
    assert await pair.problem(ChatRequest("input.transcribe", asked)) == (400, "bad_request")
