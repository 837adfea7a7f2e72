"""Reading a body: all of it, never too much, and never for ever."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest
from fastapi import Request
from starlette.types import Message
from turnstream.errors import BadRequest, BodyTooLarge, RequestTimedOut, UnsupportedMediaType
from turnstream_gateway.http import body
from turnstream_gateway.http.body import pieces, read_json

TOO_LARGE = BodyTooLarge("Three bytes at most.")


def coming(messages: Iterable[Message], **headers: str) -> Request:
    """A request whose server hands over these messages, and then nothing."""
    left = iter(messages)

    async def receive() -> Message:
        for message in left:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw}, receive)


def piece(body: bytes, *, more: bool = True) -> Message:
    """A piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def read(request: Request, *, seconds: float = 5) -> bytes:
    """A body of at most three bytes."""
    timeout = timedelta(seconds=seconds)
    return b"".join([each async for each in pieces(request, 3, timeout, TOO_LARGE)])


async def test_a_body_comes_in_pieces() -> None:
    """Their number is the network's choice."""
    assert await read(coming([piece(b"a"), piece(b""), piece(b"bc", more=False)])) == b"abc"
    assert await read(coming([{"type": "http.request"}])) == b""


async def test_a_body_may_be_as_long_as_the_limit() -> None:
    """And not a byte longer, whatever is still to come."""
    assert await read(coming([piece(b"abc", more=False)])) == b"abc"
    with pytest.raises(BodyTooLarge):
        await read(coming([piece(b"ab"), piece(b"cd")]))


async def test_a_body_that_is_declared_too_long_is_not_waited_for() -> None:
    """Nothing of it need come."""
    with pytest.raises(BodyTooLarge):
        await read(coming([], content_length="4"))
    assert await read(coming([piece(b"abc", more=False)], content_length="3")) == b"abc"


async def test_a_client_that_goes_away_within_its_body_is_a_failure_with_a_name() -> None:
    """Not an error of the server's, with a traceback in its log."""
    with pytest.raises(BadRequest):
        await read(coming([piece(b"ab"), {"type": "http.disconnect"}]))


async def test_a_client_that_stops_within_its_body_is_not_waited_for() -> None:
    """It would keep its connection for ever."""
    with pytest.raises(RequestTimedOut):
        await read(coming([piece(b"ab")]), seconds=0.05)


async def test_a_body_that_trickles_in_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then prolongs nothing; a body at the least rate has its time."""
    monkeypatch.setattr(body, "GRACE", timedelta(seconds=0.1))
    monkeypatch.setattr(body, "MINIMUM_RATE", 100)

    async def sent(piece_length: int) -> bytes:
        left = 60

        async def receive() -> Message:
            nonlocal left
            await asyncio.sleep(0.02)
            left -= piece_length
            return piece(b"x" * piece_length, more=left > 0)

        request = Request({"type": "http", "headers": []}, receive)
        came = pieces(request, 100, timedelta(seconds=20), TOO_LARGE)
        return b"".join([each async for each in came])

    assert await sent(10) == b"x" * 60
    with pytest.raises(RequestTimedOut, match="slowly"):
        await sent(1)


@pytest.mark.parametrize("declared", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_is_read_where_it_is_declared(declared: str) -> None:
    """However the declaration is written."""
    request = coming([piece(b"{}", more=False)], content_type=declared)
    assert await read_json(request, 3, TOO_LARGE) == b"{}"


@pytest.mark.parametrize("headers", [{}, {"content_type": "text/plain"}, {"content_type": ""}])
async def test_a_body_that_is_not_declared_as_json_is_refused(headers: dict[str, str]) -> None:
    """Before any of it is read: a form of another site can't post a message."""
    with pytest.raises(UnsupportedMediaType):
        await read_json(coming([], **headers), 3, TOO_LARGE)


async def test_a_json_body_that_is_too_large_is_refused_in_the_callers_words() -> None:
    """So that they can name the setting."""
    request = coming([piece(b"[1, 2]", more=False)], content_type="application/json")
    with pytest.raises(BodyTooLarge, match="Three bytes"):
        await read_json(request, 3, TOO_LARGE)
