"""What both model APIs share: a frame of the stream, and the deltas of a part."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .request import ModelRequest
from .steps import Chunk, Control, Fail, Pause

ARGUMENT_PIECE = 8
"""Characters of tool arguments per delta: small, so that even short arguments come in pieces."""
MOST_PIECES = 1000
"""Deltas of one call at most: a megabyte in small pieces would take a minute."""


@dataclass(frozen=True)
class Frame:
    """Bytes of the stream; `delta` frames carry content, `terminal` ones end the answer."""

    data: bytes
    delta: bool = False
    terminal: bool = False


class Answer(Protocol):
    """A step of one model API."""

    def frames(self) -> Iterator[Frame | Control]:
        """The stream, with the controls at their places; also what `whole` is built from."""
        ...

    def whole(self) -> dict[str, Any]:
        """The JSON of a request that does not stream; valid after `frames` was exhausted."""
        ...

    def failed(self, fail: Fail) -> Frame:
        """The terminal frame that reports an error inside the stream."""
        ...


def deltas(chunks: tuple[Chunk, ...], delay: float) -> Iterator[str | Control]:
    """The chunks of a part, each string after its delay."""
    for chunk in chunks:
        if isinstance(chunk, str) and delay:
            yield Pause(delay)
        yield chunk


def pieces(arguments: str) -> Iterator[str]:
    size = max(ARGUMENT_PIECE, len(arguments) // MOST_PIECES)
    return (arguments[at : at + size] for at in range(0, len(arguments), size))


def joined(chunks: tuple[Chunk, ...]) -> str:
    return "".join(chunk for chunk in chunks if isinstance(chunk, str))


def new_id(prefix: str) -> str:
    """Unlike any other, also across servers: real models never repeat an id."""
    return f"{prefix}_{uuid.uuid4().hex}"


def input_tokens(request: ModelRequest) -> int:
    """A stable stand-in for a tokenizer: four characters make a token."""
    return len(json.dumps(request.input)) // 4 + 1


def sse(data: Mapping[str, Any], event: str | None = None) -> bytes:
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()
