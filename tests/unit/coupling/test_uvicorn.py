"""uvicorn calls what is overridden, and what is read of it is there."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httptools
import uvicorn
from turnstream.http.protocol import PlainHttpProtocol
from turnstream_devstack.processes.ports import free_port
from uvicorn.lifespan.off import LifespanOff
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tests.unit.coupling.private_names import takes

OFFER = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

SIGNALLED = """
import os, signal, uvicorn

class Noting(uvicorn.Server):
    def handle_exit(self, sig, frame):
        super().handle_exit(sig, frame)
        noted = self._captured_signals == [signal.SIGTERM]
        print("noted", noted and self.should_exit, flush=True)

with Noting(uvicorn.Config(None)).capture_signals():
    os.kill(os.getpid(), signal.SIGTERM)
"""
"""A process of its own: sse-starlette ends all streams of one whose server was told to end."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer nothing but that it is there."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@asynccontextmanager
async def connected(
    protocol: type[HttpToolsProtocol], server: type[uvicorn.Server] = uvicorn.Server
) -> AsyncIterator[tuple[uvicorn.Server, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A real server that ends idle connections after a second, and a connection to it."""
    port = free_port()
    config = uvicorn.Config(
        app, port=port, http=protocol, lifespan="off", log_config=None, timeout_keep_alive=1
    )
    running = server(config)
    serving = asyncio.create_task(running._serve())
    while not running.started:
        await asyncio.sleep(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield running, reader, writer
    writer.close()
    running.should_exit = True
    await serving


@takes("uvicorn.protocols.http.httptools_impl.HttpToolsProtocol._unset_keepalive_if_required")
def test_uvicorn_stops_its_timer_of_idle_connections_when_data_comes() -> None:
    """First of all, and then it feeds its parser. Ours stops the timer when a head is whole."""
    called = HttpToolsProtocol.data_received.__code__.co_names

    assert called[0] == "_unset_keepalive_if_required"
    assert {"parser", "feed_data", "HttpParserUpgrade"} <= set(called)


@takes("uvicorn.protocols.http.httptools_impl.HttpToolsProtocol._should_upgrade")
async def test_uvicorn_asks_at_the_end_of_a_head_whether_to_upgrade() -> None:
    """It starts no request then; the parser stops there, and ours goes on without the offer."""
    asked: list[PlainHttpProtocol] = []

    class Asked(PlainHttpProtocol):
        def _should_upgrade(self) -> bool:
            asked.append(self)
            return super()._should_upgrade()

    async with connected(Asked) as (_, reader, writer):
        writer.write(OFFER)
        line = await reader.readline()

    assert line == STATUS_LINE[204]
    assert asked
    assert issubclass(httptools.HttpParserUpgrade, Exception)


@takes("uvicorn.protocols.http.httptools_impl.HttpToolsProtocol.timeout_keep_alive_handler")
async def test_uvicorn_calls_the_handler_of_idle_connections_by_its_timer() -> None:
    """The timer is the attribute that ours sets too."""
    timers: list[object] = []

    class Noting(HttpToolsProtocol):
        def timeout_keep_alive_handler(self) -> None:
            timers.append(self.timeout_keep_alive_task)
            super().timeout_keep_alive_handler()

    async with connected(Noting) as (_, reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert await reader.readline() == STATUS_LINE[204]
        async with asyncio.timeout(10):
            await reader.read()  # to the end of the connection

    [timer] = timers
    assert isinstance(timer, asyncio.TimerHandle)


@takes("uvicorn.protocols.http.httptools_impl.STATUS_LINE")
def test_an_answer_begins_with_the_line_of_its_status() -> None:
    assert STATUS_LINE[431] == b"HTTP/1.1 431 Request Header Fields Too Large\r\n"


@takes("uvicorn.Server.main_loop", "uvicorn.Server.on_tick", "uvicorn.Server.shutdown")
async def test_uvicorn_serves_in_one_loop_that_looks_whether_to_end_and_then_shuts_down() -> None:
    called: list[str] = []

    class Noting(uvicorn.Server):
        async def main_loop(self) -> None:
            called.append("main_loop")
            await super().main_loop()

        async def on_tick(self, counter: int) -> bool:
            if called[-1] != "on_tick":
                called.append("on_tick")
            return await super().on_tick(counter)

        async def shutdown(self, sockets: Any = None) -> None:
            called.append("shutdown")
            await super().shutdown(sockets)

    async with connected(HttpToolsProtocol, Noting) as (server, _, _):
        assert await server.on_tick(0) is False  # the tenth look, which sets the date
        assert server.server_state.default_headers[0][0] == b"date"

    assert called == ["main_loop", "on_tick", "shutdown"]


@takes("uvicorn.Server.handle_exit", "uvicorn.Server._captured_signals")
def test_a_signal_is_noted_and_raised_again_when_the_server_has_ended() -> None:
    """What the handler notes is what is raised: a shell sees by which signal the process ended."""
    ended = subprocess.run(
        [sys.executable, "-c", SIGNALLED], capture_output=True, text=True, check=False
    )

    assert ended.stdout == "noted True\n", ended.stderr
    assert ended.returncode == -signal.SIGTERM


@takes("uvicorn.lifespan.off.LifespanOff")
async def test_a_lifespan_that_is_off_may_be_shut_down_any_time() -> None:
    lifespan = LifespanOff(uvicorn.Config(app))
    await lifespan.shutdown()
    await lifespan.shutdown()
