"""Parsing server-sent events, whatever way the bytes are cut."""

import pytest

from tests.support.chat_client import Comment, ServerEvent, SSEParser

STREAM = (
    ": connected\n\n"
    'id: 1-1\ndata: {"text":"grün"}\n\n'
    ":keep-alive\n"
    "event: end\nid:1-2\ndata: first\ndata: second\nretry: 10\nunknown\n\n"
    "data\n\n"
    "id: 9-9\n\n"
    "data: never completed\n"
).encode()
PARSED = [
    Comment("connected"),
    ServerEvent('{"text":"grün"}', "message", "1-1"),
    Comment("keep-alive"),
    ServerEvent("first\nsecond", "end", "1-2"),
    ServerEvent("", "message", None),
]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_stream_split_at_every_position_parses_the_same(line_end: bytes) -> None:
    """Two pieces, cut anywhere (inside a character or a line end too), give the same events."""
    stream = STREAM.replace(b"\n", line_end)
    for cut in range(len(stream) + 1):
        parser = SSEParser()
        assert parser.feed(stream[:cut]) + parser.feed(stream[cut:]) == PARSED, cut


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_stream_of_single_bytes_parses_the_same(line_end: bytes) -> None:
    """Byte by byte is only the worst way to cut."""
    parser = SSEParser()
    stream = STREAM.replace(b"\n", line_end)
    assert [part for byte in stream for part in parser.feed(bytes([byte]))] == PARSED


def test_a_byte_order_mark_is_ignored() -> None:
    """The mark some servers send first belongs to no field."""
    assert SSEParser().feed("\ufeffdata: a\n\n".encode()) == [ServerEvent("a")]


def test_an_unfinished_event_is_not_dispatched() -> None:
    """What was cut off before its blank line never counts as received."""
    assert SSEParser().feed(b"id: 1-1\ndata: a\n") == []


def test_line_separators_of_unicode_do_not_end_lines() -> None:
    """Only CR and LF end a line; U+2028 and U+0085 are text."""
    text = "a\u2028b\u0085c"
    assert SSEParser().feed(f"data: {text}\n\n".encode()) == [ServerEvent(text)]
