"""The oracle accepts what is equal and names what is not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.chat_client import ChatClient, assert_transcript_matches
from tests.support.chat_events import added, done, message

from .fake_gateway import FakeGateway, end, frame, running

Json = dict[str, Any]
THREAD = {"id": "t", "title": "Cats", "created_at": "2026-01-01T00:00:00"}
ANSWER = done(message("a", "yo"))


@asynccontextmanager
async def after_a_turn(*script: bytes, stored: list[Json]) -> AsyncIterator[ChatClient]:
    """A client that saw this turn, in front of a store that holds these items."""
    created = {"type": "thread.created", "thread": THREAD | {"items": {"data": []}}}
    gateway = FakeGateway([frame(created, "0-1"), *script])
    page = {"data": stored, "has_more": False}
    gateway.answers["items.list"] = (200, page)
    formatted = THREAD | {"created_at": "2026-01-01T00:00:00Z"}
    gateway.answers["threads.get_by_id"] = (200, formatted | {"items": page})
    async with running(gateway), ChatClient(gateway.url) as client:
        await client.send_message("hi")
        yield client


async def test_equal_transcripts_match() -> None:
    """Items as stored, one end: only `created_at` may be formatted otherwise."""
    stored = [message("a", "yo") | {"created_at": "2026-01-01T00:00:00+00:00"}]
    async with after_a_turn(frame(ANSWER, "1-1"), end(), stored=stored) as client:
        await assert_transcript_matches(client)


@pytest.mark.parametrize(
    "stored",
    [
        [],
        [message("a", "yo ")],
        [message("b", "yo")],
        [message("a", "yo"), message("b", "more")],
        [message("a", "yo") | {"extra": None}],
    ],
)
async def test_any_difference_is_found(stored: list[Json]) -> None:
    """A missing, changed, renamed or additional item fails, and so does an unknown property."""
    async with after_a_turn(frame(ANSWER, "1-1"), end(), stored=stored) as client:
        with pytest.raises(AssertionError):
            await assert_transcript_matches(client)


async def test_an_item_in_progress_fails() -> None:
    """Text on display that never was finished is a fault, even if it equals what is stored."""
    shown = frame(added(message("a", "yo")), "1-1")
    async with after_a_turn(shown, end(), stored=[message("a", "yo")]) as client:
        with pytest.raises(AssertionError, match="in progress"):
            await assert_transcript_matches(client)


async def test_two_ends_fail() -> None:
    """A turn ends once."""
    async with after_a_turn(
        frame(ANSWER, "1-1"), end(), end(), stored=[message("a", "yo")]
    ) as client:
        with pytest.raises(AssertionError, match="2 ends"):
            await assert_transcript_matches(client)


async def test_an_event_after_the_end_fails() -> None:
    """Nothing follows the end."""
    async with after_a_turn(end(), frame(ANSWER, "1-1"), stored=[message("a", "yo")]) as client:
        with pytest.raises(AssertionError, match="after the end"):
            await assert_transcript_matches(client)


async def test_pages_are_read_to_the_last() -> None:
    """Every page of a long thread is read, each from the cursor of the one before."""
    first = {"data": [message("a", "yo")], "has_more": True, "after": "cursor"}
    gateway = FakeGateway()
    gateway.answers["items.list"] = (
        200,
        iter([first, {"data": [message("b")], "has_more": False}]),
    )
    async with running(gateway), ChatClient(gateway.url) as client:
        items = await client.all_items("t", limit=1)

    assert [item["id"] for item in items] == ["a", "b"]
    assert [body["params"].get("after") for _, body, _ in gateway.seen] == [
        None,
        "cursor",
    ]


async def test_a_page_without_a_cursor_is_a_fault() -> None:
    """A page that promises more but not from where would be read for ever."""
    gateway = FakeGateway()
    gateway.answers["items.list"] = (200, {"data": [], "has_more": True})
    async with running(gateway), ChatClient(gateway.url) as client:
        with pytest.raises(AssertionError, match="no new cursor"):
            await client.all_items("t")
