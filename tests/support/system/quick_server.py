"""A server for the apps of tests: hundreds of them start one each, and wait for its end."""

import socket
from contextlib import suppress

from turnstream.http.server import SlowTickServer

from tests.support.waiting import NeverHappened, wait_until_async

_PAUSE = 0.1
"""Seconds that uvicorn gives its connections to close, even where there is none."""


class QuickServer(SlowTickServer):
    """uvicorn's server, which ends as soon as `end` is called, and not at its next look."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Part of uvicorn, without its pause where nobody is connected and nothing runs."""
        for server in self.servers:
            server.close()
        connections, tasks = self.server_state.connections, self.server_state.tasks
        for connection in list(connections):
            connection.shutdown()
        with suppress(NeverHappened):
            await wait_until_async(lambda: not connections and not tasks, timeout=_PAUSE)
        if connections or tasks:  # answers go on, or what is behind them
            await super().shutdown(sockets)
        else:
            await self.lifespan.shutdown()
