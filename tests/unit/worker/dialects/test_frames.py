"""Frames are read however a server writes them."""

import pytest
from turnstream_worker.dialects.errors import UnreadableAnswer
from turnstream_worker.dialects.frames import Documents, Frame, Frames

ONE, TWO = Frame("", b'{"a": 1}'), Frame("ping", b"{}")


def frames_of(*chunks: bytes) -> list[Frame]:
    frames = Frames()
    return [*(frame for chunk in chunks for frame in frames.feed(chunk)), *frames.finish()]


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"a": 1}\n\nevent: ping\ndata: {}\n\n',
        b'data:{"a": 1}\n\nevent:ping\ndata:{}\n\n',
        b'data: {"a": 1}\r\n\r\nevent: ping\r\ndata: {}\r\n\r\n',
        b'data: {"a": 1}\r\revent: ping\rdata: {}\r\r',
        b'\xef\xbb\xbfdata: {"a": 1}\n\nevent: ping\ndata: {}',
        b': hello\nid: 7\ndata: {"a": 1}\n\n\n\ndata:\n\n: ping\n\nevent: ping\ndata: {}\n\n',
    ],
    ids=["plain", "no space", "CR LF", "CR", "a byte order mark, no last blank line", "comments"],
)
def test_two_frames_are_two(body: bytes) -> None:
    """In one packet, and byte by byte."""
    assert frames_of(body) == [ONE, TWO]
    assert frames_of(*(body[at : at + 1] for at in range(len(body)))) == [ONE, TWO]


def test_data_in_several_lines_is_one_document() -> None:
    (frame,) = frames_of(b'data: {"a":\ndata: 1}\n\n')

    assert Documents().read(frame.data) == {"a": 1}


def test_a_body_of_plain_json_is_a_frame() -> None:
    """Some gateways ignore that a stream was asked for."""
    assert frames_of(b'{"choices": []}') == [Frame("", b'{"choices": []}')]


def test_an_event_that_is_wrapped_is_unwrapped() -> None:
    wrapped = Frame("", b'{"event": "response.created", "data": {"type": "x"}}')

    assert Documents().read_named(wrapped) == ({"type": "x"}, "response.created")


def test_a_character_that_was_cut_in_two_is_whole() -> None:
    """Half of it came in each of two deltas of one text."""
    documents = Documents()
    pieces = [rb'{"delta": "so \ud83d"}', rb'{"delta": "\ude00 glad"}']

    read = [documents.read(piece) for piece in pieces]

    assert read == [{"delta": "so "}, {"delta": "😀 glad"}]


def test_bytes_that_are_no_utf_8_and_numbers_that_are_none_are_read() -> None:
    assert Documents().read(b'{"delta": "M\xfcnchen", "cost": NaN}')


def test_an_endless_frame_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turnstream_worker.dialects.frames.LONGEST_FRAME", 1000)

    with pytest.raises(UnreadableAnswer):
        frames_of(b"data: ", *[b"x" * 100] * 11)
