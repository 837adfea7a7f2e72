"""The HTTP surfaces of the store, the tools services and the workers are for the services alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from turnstream.http.internal import OPEN
from turnstream.secrets.internal_key import HEADER
from turnstream.settings import Settings
from turnstream_store.app import create_app as create_store
from turnstream_store.settings import StoreSettings
from turnstream_tools.app import create_app as create_tools
from turnstream_tools.settings import ToolsSettings
from turnstream_worker.app import create_app as create_worker
from turnstream_worker.settings import WorkerSettings

METRICS_KEY = "a-key-for-prometheus"
APPS: dict[str, FastAPI] = {}


@pytest.fixture(params=["store", "tools", "agent-worker"])
def app(request: pytest.FixtureRequest) -> FastAPI:
    """Each of them, made and not started."""
    make = {
        "store": lambda: create_store(StoreSettings()),
        "tools": lambda: create_tools(ToolsSettings()),
        "agent-worker": lambda: create_worker(
            WorkerSettings(assistant="tests.support.scripted_server:create")
        ),
    }
    if request.param not in APPS:
        APPS[request.param] = make[request.param]()
    return APPS[request.param]


async def test_no_route_answers_without_the_key(app: FastAPI) -> None:
    """Whatever routes there are and will be, the documents of the API among them."""
    closed = [each for each in _routes(app) if each[1] not in OPEN]
    assert len(closed) >= 1
    for method, path in [*closed, ("GET", "/unknown"), ("POST", "/health/"), ("GET", "//health")]:
        answer = await asked(app, method, path)
        assert (answer["status"], answer["type"]) == (401, b"application/problem+json"), path


@pytest.mark.parametrize(
    "shown",
    [[b"x" * 40], [b""], [b"\xff" * 40], [b"right", b"right"], [b"right "], [b"right,right"]],
)
async def test_nothing_but_the_key_itself_opens_them(app: FastAPI, shown: list[bytes]) -> None:
    """Not a wrong one, not two of them, not the ring."""
    right = Settings().key_ring.first.encode()
    headers = [(HEADER.lower().encode(), each.replace(b"right", right)) for each in shown]
    assert (await asked(app, "GET", "/asyncapi.json", headers))["status"] == 401


async def test_with_the_key_they_answer(app: FastAPI) -> None:
    """An unknown path is unknown then, and not forbidden."""
    headers = [(HEADER.lower().encode(), Settings().key_ring.first.encode())]
    assert (await asked(app, "GET", "/unknown", headers))["status"] == 404


async def test_health_is_told_to_everybody(app: FastAPI) -> None:
    """An orchestrator knows no keys."""
    assert (await asked(app, "GET", "/health"))["status"] == 200
    assert (await asked(app, "GET", "/metrics"))["status"] == 200


@pytest.mark.parametrize(
    ("shown", "status"),
    [(None, 401), (b"Bearer wrong", 401), (b"Bearer " + METRICS_KEY.encode(), 200)],
)
async def test_metrics_can_ask_for_a_key_of_their_own(shown: bytes | None, status: int) -> None:
    """Which Prometheus sends; it never gets the key of the services."""
    app = create_tools(ToolsSettings.model_validate({"metrics_key": METRICS_KEY}))
    headers = [(b"authorization", shown)] if shown else []
    assert (await asked(app, "GET", "/metrics", headers))["status"] == status


def _routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        for method in route.methods or {"GET"}:
            yield method, route.path or ""


async def asked(
    app: FastAPI, method: str, path: str, headers: list[tuple[bytes, bytes]] | None = None
) -> dict[str, Any]:
    """The head of an answer, without a socket. Nobody reads the body of a request."""
    heard: list[Any] = []

    async def send(message: Any) -> None:
        heard.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": method, "path": path, "query_string": b""}
    await app({**scope, "headers": headers or []}, receive, send)
    content_type = dict(heard[0]["headers"]).get(b"content-type")
    return {"status": heard[0]["status"], "type": content_type}
