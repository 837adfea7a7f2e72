"""`POST /chatkit` as FastAPI serves it: its dependencies, and the answer to each refusal."""

from dataclasses import replace

import httpx2
import pytest
from fastapi import FastAPI
from turnstream.contracts.identity import Principal
from turnstream.contracts.turns import RequestContext
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.non_streaming_requests import NonStreamingRequests

from tests.unit.gateway.alone import gateway_alone

LIST = b'{"type":"threads.list","params":{}}'
JSON = {"Content-Type": "application/json"}


class PlayedAnswers(NonStreamingRequests):
    """Answers every short request with who asked, in which language, and where they asked."""

    def __init__(self) -> None:
        pass

    async def answer(
        self, request: object, context: RequestContext, base_url: str, limits: object = None
    ) -> bytes:
        return f"{context.tenant}/{context.user_id} {context.locale} {base_url}".encode()


@pytest.fixture
def app() -> FastAPI:
    """A gateway that has not been started: nothing is connected."""
    app = gateway_alone(max_body=1000)
    app.state.services = replace(app.state.services, non_streaming=PlayedAnswers())
    return app


async def test_a_request_is_read_once_and_answered(http: httpx2.AsyncClient) -> None:
    """The user, the language and the address come from its head."""
    headers = {**JSON, "X-User-Id": " alice ", "Accept-Language": "zh-TW"}
    answer = await http.post("/chatkit", content=LIST, headers=headers)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.text == "default/alice zh-TW http://chat.localhost"


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{}", JSON | {"X-User-Id": ""}, 401, "unauthorized"),
        (b"{}", JSON | {"X-User-Id": "x" * 300}, 401, "unauthorized"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (LIST + b" " * 1000, JSON, 413, "body_too_large"),
        (b"{}", JSON, 400, "bad_request"),
        (LIST, JSON | {"Idempotency-Key": ""}, 400, "bad_request"),
        (LIST, JSON | {"Turnstream-When-Busy": "x"}, 400, "bad_request"),
    ],
)
async def test_a_refusal_is_a_problem_document(
    http: httpx2.AsyncClient, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """Whichever dependency refuses."""
    answer = await http.post("/chatkit", content=content, headers=headers)

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "code", "retryable"}


async def test_another_authentication_takes_the_place_of_ours(
    app: FastAPI, http: httpx2.AsyncClient
) -> None:
    """At the main door as everywhere: it is an ordinary dependency."""

    async def somebody() -> Principal:
        return Principal(tenant="acme", user="somebody")

    app.dependency_overrides[authenticate] = somebody
    answer = await http.post("/chatkit", content=LIST, headers=JSON)
    assert answer.text.startswith("acme/somebody ")
