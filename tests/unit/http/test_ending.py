"""How a service ends: first it says so, then it takes no more, and it is watched to the last."""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.waiting import free_port, wait_until

SERVICE = """
import asyncio, sys
from contextlib import asynccontextmanager
from datetime import timedelta
from fastapi import FastAPI
from turnstream import telemetry
from turnstream.http.health import health_routes
from turnstream.http.readiness import Readiness
from turnstream.http.server import ServerOptions
from turnstream.process.serve import serve
from turnstream.settings import Settings

telemetry.set_up("test", Settings())
port, health_port, delay, ending = int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:])

@asynccontextmanager
async def lifespan(app):
    yield
    await asyncio.sleep(ending)

app = FastAPI(lifespan=lifespan)
app.state.readiness = Readiness({})
app.include_router(health_routes(app.state.readiness, metrics=not health_port))

@app.get("/work")
async def work() -> str:
    return "done"

listening = ServerOptions(
    "127.0.0.1", port, timedelta(seconds=1), timedelta(seconds=delay), health_port or None,
    listens_while_ending=not health_port,
)
serve(app, listening)
"""


class Served:
    """A service in a process of its own."""

    def __init__(self, *, apart: bool, delay: float, ending: float) -> None:
        self.port = free_port()
        self.health = free_port() if apart else 0
        places = [str(self.port), str(self.health), str(delay), str(ending)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVICE, *places], stderr=subprocess.DEVNULL
        )

    def ask(self, path: str, port: int | None = None) -> tuple[int, str]:
        """The status and the body of an answer; 0 where nobody takes a connection."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def served(*, apart: bool, delay: float = 0.0, ending: float = 0.0) -> Iterator[Served]:
    """A service that is ready, for the length of a block."""
    service = Served(apart=apart, delay=delay, ending=ending)
    try:
        wait_until(lambda: service.ask("/ready", service.health)[0] == 200, 20)
        yield service
    finally:
        service.process.kill()
        service.process.wait()


def test_readiness_goes_first_and_the_socket_later() -> None:
    """Balancers learn of the end while requests are still answered."""
    with served(apart=False, delay=1.0) as service:
        service.stop()
        wait_until(lambda: service.ask("/ready") == (503, '{"draining":true}'), 1)
        assert service.ask("/work")[0] == 200
        assert service.process.wait(5) == -signal.SIGTERM


def test_a_second_signal_waits_for_nobody() -> None:
    """Anyone who sends it is in a hurry."""
    with served(apart=False, delay=60.0) as service:
        service.stop()
        wait_until(lambda: service.ask("/ready")[0] == 503, 1)
        service.stop()
        assert service.process.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize("apart", [True, False], ids=["a port apart", "no other port"])
def test_a_service_is_watched_until_it_is_gone(apart: bool) -> None:
    """While it gives back what it holds, its health and its metrics are there."""
    with served(apart=apart, ending=1.0) as service:
        service.stop()
        time.sleep(0.5)
        watched = service.health or service.port
        assert json.loads(service.ask("/ready", watched)[1]) == {"draining": True}
        assert service.ask("/health", watched)[0] == 200
        assert "process_cpu_seconds" in service.ask("/metrics", watched)[1]
        if apart:
            assert service.ask("/work")[0] == 0  # nobody can connect any more
        assert service.process.wait(5) == -signal.SIGTERM


def test_a_port_apart_has_the_metrics_alone() -> None:
    """What users reach tells them nothing of the inside; who balances asks where users ask."""
    with served(apart=True) as service:
        assert service.ask("/metrics", service.health)[0] == 200
        assert service.ask("/metrics")[0] == 404
        assert service.ask("/ready")[0] == 200
        assert service.ask("/work", service.health)[0] == 404


def test_a_port_that_is_taken_ends_the_start() -> None:
    """Instead of a service that nobody can watch."""
    with served(apart=True) as first:
        second = Served(apart=True, delay=0, ending=0)
        second.process.kill()
        second.process.wait()
        places = [str(second.port), str(first.health), "0", "0"]
        command = [sys.executable, "-c", SERVICE, *places]
        assert subprocess.run(command, stderr=subprocess.DEVNULL, timeout=20).returncode == 3
