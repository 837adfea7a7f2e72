"""Reading a body: all of it, never too much, and never for ever."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import Request
from starlette.types import Message
from turnstream.errors import BadRequest, BodyTooLarge, TimedOut
from turnstream.http import request_body
from turnstream.http.http_protocol import BODY_IS_HERE
from turnstream.http.request_body import read_body


def coming(messages: Iterable[Message], **scope: bool) -> Request:
    """A request whose server hands over these messages, and then nothing."""
    left = iter(messages)

    async def receive() -> Message:
        for message in left:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    return Request({"type": "http", **scope}, receive)


def piece(body: bytes, *, more: bool = True) -> Message:
    """A piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_comes_in_pieces() -> None:
    """Their number is the network's choice."""
    assert await read_body(coming([piece(b"a"), piece(b""), piece(b"bc", more=False)])) == b"abc"
    assert await read_body(coming([{"type": "http.request"}])) == b""


async def test_a_body_that_came_with_its_head_is_read_the_same() -> None:
    """Without a timer."""
    request = coming([piece(b"abc", more=False)], **{BODY_IS_HERE: True})
    assert await read_body(request) == b"abc"


async def test_a_body_may_be_as_long_as_the_limit() -> None:
    """And not a byte longer, whatever is still to come."""
    assert await read_body(coming([piece(b"abc", more=False)]), limit=3) == b"abc"
    with pytest.raises(BodyTooLarge, match="3 bytes"):
        await read_body(coming([piece(b"ab"), piece(b"cd")]), limit=3)


async def test_a_client_that_goes_away_within_its_body_is_a_failure_with_a_name() -> None:
    """Not an error of the server's, with a traceback in its log."""
    with pytest.raises(BadRequest):
        await read_body(coming([piece(b"ab"), {"type": "http.disconnect"}]))


async def test_a_client_that_stops_within_its_body_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would keep its connection for ever."""
    monkeypatch.setattr(request_body, "_PATIENCE", 0.05)
    with pytest.raises(TimedOut):
        await read_body(coming([piece(b"ab")]))
