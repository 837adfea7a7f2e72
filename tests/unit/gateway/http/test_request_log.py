"""One line for each request: what happened to it, and nothing of what was asked."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from turnstream.errors import Unavailable
from turnstream.http.forwarded import ForwardedHeaders
from turnstream_gateway.app import create_app
from turnstream_gateway.identity.unauthenticated_routes import unauthenticated
from turnstream_gateway.settings import GatewaySettings

Line = MutableMapping[str, Any]
PLANTED = "what-I-asked"


@pytest.fixture
def app() -> FastAPI:
    """A gateway that has not been started, with routes that fail."""
    app = create_app(GatewaySettings(host="127.0.0.1"))

    @app.get("/turns/{turn_id}/broken")
    @unauthenticated("it shows nothing")
    async def broken(turn_id: str) -> None:
        raise RuntimeError(turn_id)

    @app.get("/threads/{thread_id}/away")
    @unauthenticated("it shows nothing")
    async def away(thread_id: str) -> None:
        raise Unavailable(thread_id)

    return app


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of it, behind a proxy that is trusted."""
    served: Any = ForwardedHeaders(app, ["127.0.0.1"])
    transport = httpx2.ASGITransport(served, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.localhost") as client:
        yield client


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    """What the gateway logs meanwhile."""
    with capture_logs(processors=[merge_contextvars]) as captured:
        yield captured


async def test_a_line_has_the_route_and_not_the_path(
    http: httpx2.AsyncClient, lines: list[Line]
) -> None:
    """A thread and a turn that the path names have fields of their own; queries are left out."""
    answer = await http.get(f"/threads/thr_1/away?q={PLANTED}", headers={"X-Other": PLANTED})
    (line,) = lines
    assert line["event"] == "request answered"
    assert (line["method"], line["route"]) == ("GET", "/threads/{thread_id}/away")
    assert (line["status"], line["code"], line["thread_id"]) == (503, "unavailable", "thr_1")
    assert line["bytes"] == len(answer.content)
    assert line["ms"] >= 0
    assert line["request_id"] == answer.headers["x-request-id"]
    assert PLANTED not in str(line)


async def test_a_failure_without_a_name_is_answered_and_logged(
    http: httpx2.AsyncClient, lines: list[Line]
) -> None:
    """As a problem document that says nothing, under a name with which its lines are found."""
    answer = await http.get("/turns/turn_1/broken")
    (line,) = lines
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["x-request-id"] == line["request_id"]
    assert (line["status"], line["turn_id"], line["log_level"]) == (500, "turn_1", "warning")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/turns/turn_1", 401), (f"/{PLANTED}", 404), (f"/threads/{PLANTED} x", 404)],
)
async def test_what_is_refused_is_logged(
    http: httpx2.AsyncClient, lines: list[Line], path: str, status: int
) -> None:
    """Anyone who is refused has an address in the line; an unknown path is nowhere."""
    await http.get(path, headers={"X-User-Id": ""})
    line = lines[-1]
    assert line["status"] == status
    assert ("client" in line) == (status == 401)
    assert PLANTED not in str(line)


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
async def test_who_watches_over_the_process_is_not_logged(
    http: httpx2.AsyncClient, lines: list[Line], path: str
) -> None:
    """Every few seconds, by each of them."""
    await http.get(path)
    assert lines == []


@pytest.mark.parametrize(
    ("named", "taken"), [("4bf92f3577b34da6", True), ("x", False), ("a name of two words", False)]
)
async def test_a_trusted_proxy_names_a_request(
    http: httpx2.AsyncClient, named: str, taken: bool
) -> None:
    """So that its lines and ours are found together; anything that is no name is not taken."""
    answer = await http.get("/nothing", headers={"X-Request-Id": named})
    assert (answer.headers["x-request-id"] == named) == taken
