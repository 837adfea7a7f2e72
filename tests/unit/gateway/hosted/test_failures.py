"""How the hosted API tells failures that no route of its own makes."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from turnstream.contracts.identity import Principal, Scope
from turnstream.errors import ThreadLocked, TurnstreamError, Unavailable
from turnstream.testing import MemoryStore
from turnstream_gateway.identity.auth import authenticate

from tests.unit.gateway.alone import gateway_alone


class FailingThreads:
    """Threads that are not to be had."""

    failure: Exception = RuntimeError("a bug")

    async def page(self, *_: object) -> bytes:
        raise self.failure


@pytest.fixture
def threads() -> FailingThreads:
    return FailingThreads()


@pytest.fixture
def app(threads: FailingThreads) -> Iterator[FastAPI]:
    """A gateway that has not been started, for a server key that may do all."""
    store: Any = MemoryStore()
    store.tenant_threads = threads
    app = gateway_alone(store)
    app.dependency_overrides[authenticate] = lambda: Principal(scopes=frozenset(Scope))
    yield app


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.localhost") as client:
        yield client


@pytest.mark.parametrize(
    ("failure", "status", "code", "again"),
    [
        (RuntimeError("a bug"), 500, "internal_error", "false"),
        (TurnstreamError("?"), 500, "internal_error", "false"),
        (Unavailable(), 503, "unavailable", "true"),
        (ThreadLocked(), 409, "thread_locked", "false"),
    ],
)
async def test_every_failure_has_the_hosted_form(
    http: httpx2.AsyncClient,
    threads: FailingThreads,
    failure: Exception,
    status: int,
    code: str,
    again: str,
) -> None:
    """A fault of ours too, which says nothing of itself; and whether to try again."""
    threads.failure = failure
    answer = await http.get("/v1/chatkit/threads")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, None)
    assert error["type"] == ("server_error" if status >= 500 else "invalid_request_error")
    assert "a bug" not in error["message"]
    assert answer.headers["x-should-retry"] == again
    assert answer.headers["x-request-id"].startswith("req_")
    assert ("retry-after" in answer.headers) is (again == "true")


async def test_a_workflow_that_nobody_deployed_gets_no_session() -> None:
    """A wrong name is told at the mint, before anybody talks."""
    app = gateway_alone(workflows="wf_sales=sales.app:create")
    app.dependency_overrides[authenticate] = lambda: Principal(scopes=frozenset(Scope))
    body = {"user": "alice", "workflow": {"id": "wf_help"}}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.localhost") as client:
        answer = await client.post("/v1/chatkit/sessions", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "workflow_not_found")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"{", "invalid_json", None),
        (b"[]", "invalid_type", None),
        (b'{"user": "ann"}', "missing_required_parameter", "workflow"),
        (b'{"user": 1, "workflow": {"id": "w"}}', "invalid_type", "user"),
        (
            b'{"user": "ann", "workflow": {"id": "w", "state_variables": {"k": [1]}}}',
            "invalid_type",
            "workflow.state_variables.k",
        ),
        (b'{"user": "ann", "workflow": {"id": "w"}, "ttl": 1}', "unknown_parameter", "ttl"),
    ],
)
async def test_a_bad_body_names_the_parameter(
    http: httpx2.AsyncClient, body: bytes, code: str, param: str | None
) -> None:
    """By the path that its sender knows."""
    headers = {"Content-Type": "application/json"}
    answer = await http.post("/v1/chatkit/sessions", content=body, headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
