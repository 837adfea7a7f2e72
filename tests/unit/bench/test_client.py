"""The load: what it notes of an answer, and that it waits as long as it is told."""

import asyncio
import time
from contextlib import closing, suppress
from itertools import pairwise

import pytest

from bench.client import ClientOptions, TurnFailed, asking, talk

ANSWER = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'17\r\ndata: {"type":"text_delta"}\n\n\r\n0\r\n\r\n'
)


class Server:
    """Says the same to every request, and notes when each came."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.asked: list[float] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, until the client closes it."""
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.asked.append(time.monotonic())
                writer.write(self._answer)


async def talked(server: Server, turns: int, pause: float = 0.0) -> list[float]:
    """When the turns of one client came."""
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        timings = await talk(port, asking("ann", "hi"), ClientOptions(turns, pause))
    assert len(timings) == turns
    assert all(0 < each.first_event <= each.first_text <= each.whole for each in timings)
    return server.asked


@pytest.mark.parametrize("pause", [0.0, 0.2])
async def test_a_client_pauses_between_its_turns(pause: float) -> None:
    """A user reads before they write again."""
    asked = await talked(Server(ANSWER), 3, pause)

    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert len(gaps) == 2
    assert min(gaps) >= pause * 0.99


async def test_an_answer_that_is_none_fails_the_turn() -> None:
    """With what came instead."""
    with pytest.raises(TurnFailed, match="503"):
        await talked(Server(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"), 1)
