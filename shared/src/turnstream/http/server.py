"""The server of a service, from its first socket to its last.

On SIGTERM readiness goes first. For `SHUTDOWN_DELAY` the service goes on as if nothing had
happened, while balancers learn that they should ask another one; then it takes no more connections,
lets open answers end, and closes what it holds. Health and metrics are there until the process is
gone, if they have a port of their own.
"""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.lifespan.off import LifespanOff

from turnstream.http.forwarded import ForwardedHeaders
from turnstream.http.protocol import PlainHttpProtocol

STARTUP_FAILED = 3
"""uvicorn's own exit status when the app could not start."""
_TICKS_OF_UVICORN = 10
"""uvicorn renews the date of its responses at each tenth look."""


@dataclass(frozen=True)
class ServerOptions:
    """Where a service listens, and how it ends."""

    host: str
    port: int
    grace: timedelta
    """How long open answers may go on once nobody can connect any more."""
    delay: timedelta = timedelta(0)
    """How long connections are still taken after SIGTERM."""
    health_port: int | None = None
    """A port of health and metrics alone."""
    keep_alive: timedelta = timedelta(seconds=5)
    """How long a connection on which something was answered waits for its next request."""
    proxies: Sequence[str] = ()
    """The addresses and networks whose forwarding headers count."""
    listens_while_ending: bool = False
    """The port is of health and metrics alone already: it is closed behind everything else."""


def server_config(app: FastAPI, listening: ServerOptions) -> uvicorn.Config:
    """How uvicorn serves an app of ours."""
    return uvicorn.Config(
        ForwardedHeaders(app, listening.proxies),
        host=listening.host,
        port=listening.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=PlainHttpProtocol,
        ws="none",
        timeout_keep_alive=int(listening.keep_alive.total_seconds()),
        timeout_graceful_shutdown=int(listening.grace.total_seconds()),
    )


class SlowTickServer(uvicorn.Server):
    """uvicorn's server, which looks at itself once a second instead of ten times: a process at rest
    is woken less often. A signal wakes it at once, and so does `end`.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._woken: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """End as after a signal."""
        self.should_exit = True
        self._wake()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Part of uvicorn: a signal, in the thread of the event loop."""
        super().handle_exit(sig, frame)
        self._wake()

    async def main_loop(self) -> None:
        """Part of uvicorn: serve until `on_tick` says so."""
        self._woken, self._loop = asyncio.Event(), asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks * _TICKS_OF_UVICORN):
            ticks += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(self.next_tick()):
                    await self._woken.wait()
            self._woken.clear()

    def next_tick(self) -> float:
        """Seconds until the next look. The date of responses changes with it."""
        return 1.0

    def _wake(self) -> None:
        if self._woken is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)


class Server(SlowTickServer):
    """The server of a service, with a time between the signal and the end of the socket."""

    def __init__(self, app: FastAPI, listening: ServerOptions) -> None:
        super().__init__(server_config(app, listening))
        self._listening = listening
        self._closes_at = 0.0
        self.draining = False
        """True once the process was told to end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Part of uvicorn: a signal. The second one, and Ctrl-C, wait for nobody."""
        first, self.draining = not self.draining, True
        if first and sig == signal.SIGTERM and self.started:
            self._captured_signals.append(sig)
            self._closes_at = time.monotonic() + self._listening.delay.total_seconds()
            self._wake()
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Part of uvicorn: regularly. True ends the server."""
        if self._closes_at and time.monotonic() >= self._closes_at:
            self.should_exit = True
        return await super().on_tick(counter)

    def next_tick(self) -> float:
        """As always, or sooner where the socket is to be closed."""
        left = self._closes_at - time.monotonic() if self._closes_at else super().next_tick()
        return max(0.0, min(left, super().next_tick()))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Part of uvicorn: end what is open."""
        if self._listening.listens_while_ending:
            await self.lifespan.shutdown()
            self.lifespan = LifespanOff(self.config)
        await super().shutdown(sockets)


async def serve_both(server: Server, health: SlowTickServer | None) -> None:
    """Serve until a signal; health and metrics from before the start until after the end."""
    if health is None:
        await server.serve()
        return
    watching = asyncio.get_running_loop().create_task(health.serve())
    while not health.started:
        if watching.done():  # its port is taken, as the log says
            sys.exit(STARTUP_FAILED)
        await asyncio.sleep(0.01)
    try:
        await server.serve()  # passes its signal on to the other at its end
    finally:
        health.end()
        await watching
