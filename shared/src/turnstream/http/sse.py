"""Server-sent event frames: the bytes a viewer gets, made once, where the event is made."""

from collections.abc import Sequence

import orjson

from turnstream.contracts.turns import TurnStatus
from turnstream.redis.event_log import Position

KEEP_ALIVE = b": keep-alive\n\n"
RESTART = b": restart\n\n"
NAMED_RESTART = b"event: restart\ndata: {}\n\n"
"""The client must forget what it got of this turn: the turn follows from its beginning."""
NAMED_REVOKED = b"event: revoked\ndata: {}\n\n"
"""The viewer's session was cancelled, or their key revoked: the stream is over, the turn is not."""


def frames(position: Position, events: Sequence[bytes]) -> bytes:
    """The frames of one entry: JSON documents, the position on the last."""
    if not events:
        return b": %s\nid: %s\n\n" % (_note(position), str(position).encode())
    head = b"".join(b"data: " + event + b"\n\n" for event in events[:-1])
    return head + b"id: %s\ndata: %s\n\n" % (str(position).encode(), events[-1])


def end_frame(position: Position, status: TurnStatus) -> bytes:
    """The end for plain ChatKit clients: a comment, which they skip; then the stream closes."""
    return b": end %s\nid: %s\n\n" % (status.encode(), str(position).encode())


def named_end_frame(position: Position | None, status: TurnStatus) -> bytes:
    """The end for clients that can resume, as an event they can listen to."""
    id_line = b"id: %s\n" % str(position).encode() if position else b""
    return id_line + b'event: end\ndata: {"status":"%s"}\n\n' % status.encode()


def revoked(message: str) -> bytes:
    """An error for plain ChatKit clients: they show it, since they know no other last event."""
    event = {"type": "error", "code": "custom", "message": message, "allow_retry": False}
    return b"data: " + orjson.dumps(event) + b"\n\n: revoked\n\n"


def events_in(entry_frames: bytes) -> list[bytes]:
    """The JSON documents of an entry's frames, in order."""
    lines = entry_frames.split(b"\n")
    return [line[6:] for line in lines if line.startswith(b"data: ")]


def _note(position: Position) -> bytes:
    return b"accepted" if position.attempt == 0 else b"attempt %d" % position.attempt
