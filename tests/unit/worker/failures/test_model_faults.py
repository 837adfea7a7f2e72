"""The same fault of a model server means the same, in whatever words and whichever way it comes."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import openai
import pytest
from agents.models._response_terminal import (
    response_error_event_failure_error,
    response_terminal_failure_error,
)
from openai.types.responses import Response, ResponseErrorEvent
from pydantic import SecretStr
from turnstream_worker.dialects.errors import UpstreamFault
from turnstream_worker.failures.failure import Failure, classify
from turnstream_worker.failures.kinds import (
    KEY_REFUSED,
    RATE_LIMITED,
    REQUEST_REFUSED,
    UNAVAILABLE,
    Kind,
)
from turnstream_worker.models.client import model_client

from tests.unit.worker.failures.provider_errors import (
    AS_STATUS,
    IN_A_FRAME,
    INCOMPLETE,
    TERMINAL_EVENTS,
    Sent,
)


class FailingServer(BaseHTTPRequestHandler):
    """A model server that answers every request with what is to be sent."""

    protocol_version = "HTTP/1.1"
    sent: ClassVar[Sent]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        sent = type(self).sent
        if sent.status == 200:
            kind, data = "text/event-stream", f"data: {json.dumps(sent.body)}\n\n".encode()
        elif isinstance(sent.body, str):
            kind, data = "text/html", sent.body.encode()
        else:
            kind, data = "application/json", json.dumps(sent.body).encode()
        self.send_response(sent.status)
        self.send_header("Content-Type", kind)
        self.send_header("x-request-id", "req_7")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FailingServer)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
async def client(address: str) -> AsyncIterator[openai.AsyncOpenAI]:
    """A worker's client of that server."""
    async with model_client(f"http://{address}/v1", SecretStr("sk-secret-secret"), 10) as client:
        yield client


async def failure_of(sent: Sent, client: openai.AsyncOpenAI) -> Failure:
    """What a worker makes of the answer."""
    FailingServer.sent = sent
    with pytest.raises(openai.APIError) as raised:
        stream = await client.chat.completions.create(
            model="gpt-5", messages=[{"role": "user", "content": "Hello there"}], stream=True
        )
        async for _ in stream:
            pass
    return classify(raised.value)


@pytest.mark.parametrize("way", [AS_STATUS, IN_A_FRAME], ids=["as a status", "in a frame"])
async def test_what_a_server_sends_has_one_meaning(
    way: list[Sent], client: openai.AsyncOpenAI
) -> None:
    """Its kind decides whether the turn is tried again, whether the user may, and what it reads."""
    failures = [(sent, await failure_of(sent, client)) for sent in way]

    assert [(str(sent), failure.code) for sent, failure in failures] == [
        (str(sent), sent.kind.code) for sent in way
    ]
    for sent, failure in failures:
        assert failure.retryable is sent.kind.retried
        assert failure.event.allow_retry is sent.kind.allow_retry
        assert failure.event.message == sent.kind.message


async def test_the_operator_learns_where_to_look(client: openai.AsyncOpenAI) -> None:
    """Status, code and words of the server, its name for the request, its host and the model."""
    unsupported = next(each for each in AS_STATUS if "max_tokens" in str(each.body))
    cause = (await failure_of(unsupported, client)).cause

    assert (cause.status, cause.request_id) == (400, "req_7")
    assert cause.provider_code == "unsupported_parameter invalid_request_error"
    assert cause.provider_message.startswith("Unsupported parameter: 'max_tokens'")
    assert (cause.host, cause.model) == (client.base_url.netloc.decode(), "gpt-5")


async def test_a_key_that_a_server_repeats_is_not_kept(client: openai.AsyncOpenAI) -> None:
    """Neither in the detail nor in the words of the server."""
    for sent in (each for each in AS_STATUS if each.kind is KEY_REFUSED):
        failure = await failure_of(sent, client)
        assert "sk-" not in failure.detail + failure.cause.provider_message


async def test_the_wait_that_a_server_asks_for_is_read_from_its_words(
    client: openai.AsyncOpenAI,
) -> None:
    """An error inside a stream has no headers to say it in."""
    limited = [each for each in AS_STATUS if each.kind is RATE_LIMITED]
    waits = {each.server: (await failure_of(each, client)).retry_after for each in limited}

    seconds = {server: wait.total_seconds() for server, wait in waits.items() if wait}
    assert seconds == {"openai": 6.976, "azure": 10, "gemini": 14.2, "litellm": 5}


def a_response(**fields: object) -> Response:
    """A response that ended badly."""
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-5",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    return Response.model_validate(response | fields)


@pytest.mark.parametrize(("said", "kind"), TERMINAL_EVENTS)
def test_a_response_that_failed_in_its_stream_means_what_a_status_would(
    said: tuple[str, str], kind: Kind
) -> None:
    """For models whose class is not ours: the SDK's exception has it in words only."""
    code, message = said
    response = a_response(status="failed", error={"code": code, "message": message})
    failure = classify(response_terminal_failure_error("response.failed", response))

    assert failure.code == kind.code
    assert failure.cause.provider_code == code
    assert failure.cause.provider_message == message


def test_an_error_event_means_what_a_status_would() -> None:
    """It has the same fields, and the SDK words it otherwise."""
    event = ResponseErrorEvent(
        type="error",
        code="rate_limit_exceeded",
        message="Slow down; try again in 3s",
        param=None,
        sequence_number=1,
    )
    failure = classify(response_error_event_failure_error("error", event))

    assert (failure.code, failure.cause.provider_code) == (RATE_LIMITED.code, "rate_limit_exceeded")
    assert failure.retry_after is not None


@pytest.mark.parametrize(("reason", "kind"), INCOMPLETE)
def test_an_incomplete_response_says_why_it_ends(reason: str, kind: Kind) -> None:
    response = a_response(status="incomplete", incomplete_details={"reason": reason})

    assert classify(response_terminal_failure_error("response.incomplete", response)).code == (
        kind.code
    )


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (UpstreamFault("", code="network_error", retryable=True), UNAVAILABLE),
        (UpstreamFault("", code="insufficient_system_resource", retryable=True), UNAVAILABLE),
        (UpstreamFault("slow down", code="rate_limit_exceeded"), RATE_LIMITED),
        (UpstreamFault("no", code="invalid_request_error"), REQUEST_REFUSED),
        (UpstreamFault("odd", retryable=False), REQUEST_REFUSED),
        (UpstreamFault("no", status=401), KEY_REFUSED),
        (UpstreamFault("Bad gateway", status=502), UNAVAILABLE),
        (UpstreamFault("something"), UNAVAILABLE),
    ],
    ids=str,
)
def test_a_fault_that_a_dialect_names_means_what_a_status_would(
    fault: UpstreamFault, kind: Kind
) -> None:
    assert classify(fault).code == kind.code
