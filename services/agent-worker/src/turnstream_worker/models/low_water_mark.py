"""How many bytes of an answer wake the event loop.

A model sends each word as a packet, and each packet wakes the loop. These wake-ups are a fifth of
a worker's cost for a word, though nothing is read before a window ends.
"""

import asyncio
import socket
import sys
from contextlib import suppress

import aiohttp

WAITING = 1024
"""Bytes that wake the loop; fewer wait in the socket. The end of a Responses answer has more, as it
repeats the text and the response. From a server that repeats neither, it waits for the window."""
_IS_KNOWN = sys.platform == "linux"
"""Other systems lack the option, or do not report waiting bytes when it is lowered."""


class LowWaterMark:
    """The low-water mark of an answer's connection, `SO_RCVLOWAT`: fewer bytes wake nobody.

    The connection is used again for other answers, so whoever lifts the mark lowers it. Its end
    wakes all the same. On other systems than Linux nothing happens.
    """

    def __init__(self, answer: aiohttp.ClientResponse | None) -> None:
        connection = answer.connection if answer is not None else None
        transport = connection.transport if connection is not None else None
        self._socket = transport.get_extra_info("socket") if transport is not None else None
        self.is_lifted = False

    def lift(self) -> None:
        """Let fewer than `WAITING` bytes wait."""
        self.is_lifted = self._set(WAITING)

    def lower(self) -> None:
        """Have any byte wake the loop again, also those that wait."""
        if self.is_lifted:
            self.is_lifted = False
            self._set(1)

    def _set(self, octets: int) -> bool:
        if self._socket is None or not _IS_KNOWN:
            return False
        with suppress(OSError):  # it is closed
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, octets)
            return True
        return False


async def polled() -> None:
    """Return when the loop has looked at its connections: it does so between two of its rounds."""
    for _ in range(2):
        await asyncio.sleep(0)
