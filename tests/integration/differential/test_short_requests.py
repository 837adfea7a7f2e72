"""The ten request types that are answered with a document."""

import base64
from typing import Any

import pytest

from tests.support.chat_client import ChatRequest, custom_action, message

from .pair import THREAD, Pair

PAGES: list[dict[str, Any]] = [
    {},
    {"limit": 0},
    {"limit": 2},
    {"limit": 2, "after": "item-2"},
    {"limit": 100, "order": "asc"},
    {"limit": 3, "order": "asc", "after": "item-3"},
    {"order": "asc", "after": "item-26"},
]


async def test_a_thread_comes_with_its_first_items(pair: Pair) -> None:
    """Twenty of them, oldest first, and whether there are more."""
    await pair.say("many: 25")
    thread = await pair.same(ChatRequest("threads.get_by_id", {"thread_id": THREAD}))
    assert len(thread["items"]["data"]) == 20
    assert thread["items"]["has_more"]


async def test_items_come_in_pages(pair: Pair) -> None:
    """Limits, orders and cursors give the same pages."""
    await pair.say("many: 25")
    for page in PAGES:
        await pair.same(ChatRequest("items.list", {"thread_id": THREAD, **page}))


async def test_a_cursor_may_be_the_last_item(pair: Pair) -> None:
    """Nothing follows, and nothing says that more does."""
    await pair.say("hello")
    asked = {"thread_id": THREAD, "after": "item-1", "order": "desc"}
    page = await pair.same(ChatRequest("items.list", asked))
    assert page == {"data": [], "has_more": False}


async def test_threads_come_in_pages(pair: Pair) -> None:
    """Newest first unless asked otherwise, without their items."""
    await pair.same(ChatRequest("threads.list", {}))
    for title in ("one", "two", "three"):
        await pair.same(message(f"title: {title}"))
    for page in ({}, {"limit": 2}, {"limit": 2, "after": "thread-2"}, {"order": "asc", "limit": 1}):
        await pair.same(ChatRequest("threads.list", page))


async def test_a_thread_is_renamed(pair: Pair) -> None:
    """By its owner, keeping what the server noted about it."""
    await pair.say("remember: mood=good")
    await pair.same(ChatRequest("threads.update", {"thread_id": THREAD, "title": "Émile 🙂"}))
    await pair.say("recall: 1 desc")
    await pair.same_thread()


async def test_a_thread_is_deleted(pair: Pair) -> None:
    """It is gone from the list; the others stay."""
    await pair.same(message("hello"))
    await pair.same(message("title: stays"))
    assert await pair.same(ChatRequest("threads.delete", {"thread_id": THREAD})) == {}
    threads = await pair.same(ChatRequest("threads.list", {}))
    assert [thread["title"] for thread in threads["data"]] == ["stays"]


@pytest.mark.parametrize("kind", ["positive", "negative"])
async def test_feedback_reaches_the_server(pair: Pair, kind: str) -> None:
    """What the hook stores is there for the next turn."""
    await pair.say("hello")
    asked = {"thread_id": THREAD, "item_ids": ["item-1", "item-2"], "kind": kind}
    assert await pair.same(ChatRequest("items.feedback", asked)) == {}
    await pair.say("recall: 10 asc")
    await pair.same_thread()


@pytest.mark.parametrize("mime_type", ["text/plain", "image/png"])
async def test_an_attachment_is_created_and_deleted(pair: Pair, mime_type: str) -> None:
    """With the descriptor of its upload, and nothing of its metadata."""
    asked = {"name": "a", "size": 3, "mime_type": mime_type}
    attachment = await pair.same(ChatRequest("attachments.create", asked))
    assert "metadata" not in attachment
    gone = ChatRequest("attachments.delete", {"attachment_id": "attachment-1"})
    assert await pair.same(gone) == {}
    await pair.refused(pair.message("hello", attachments=["attachment-1"]))


async def test_speech_becomes_text(pair: Pair) -> None:
    """The audio crosses byte for byte."""
    audio = base64.b64encode(bytes(range(256))).decode()
    asked = {"audio_base64": audio, "mime_type": "audio/webm;codecs=opus"}
    heard = await pair.same(ChatRequest("input.transcribe", asked))
    assert heard == {"text": "audio/webm: " + bytes(range(256)).decode("latin-1")}


async def test_a_sync_action_changes_its_widget(pair: Pair) -> None:
    """The new widget is in the answer and in the thread."""
    await pair.say("widget")
    await pair.same(custom_action(THREAD, "change", "new", "item-2", sync=True))
    await pair.same_thread()


async def test_a_sync_action_of_the_page_changes_nothing(pair: Pair) -> None:
    """Without a widget there is nothing to update."""
    await pair.say("hello")
    assert await pair.same(custom_action(THREAD, "change", None, sync=True)) == {}


async def test_a_sync_action_that_fails_is_refused(pair: Pair) -> None:
    """An exception of the server is a 500, as it is behind stock."""
    await pair.say("hello")
    problem, _ = await pair.refused(custom_action(THREAD, "fail", None, sync=True))
    assert (problem.status, problem.code) == (500, "assistant_failed")


async def test_an_attachment_that_the_server_refuses_is_not_kept(pair: Pair) -> None:
    """An exception of the attachment store is a 500, as it is behind stock."""
    asked = {"name": "refused", "size": 1, "mime_type": "text/plain"}
    problem, _ = await pair.refused(ChatRequest("attachments.create", asked))
    assert (problem.status, problem.code) == (500, "assistant_failed")
