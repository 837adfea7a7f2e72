"""Spans of requests: the route, the status, the time, and nothing of the user."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan
from turnstream import telemetry
from turnstream.settings import Settings
from turnstream_gateway.settings import GatewaySettings

from tests.support.watching.spans import recorded, told

PARENT = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}


async def spans_of(settings: Settings, path: str, headers: Any = None) -> list[ReadableSpan]:
    """What a request to a service with these settings leaves."""
    with recorded(settings) as spans:
        asked_for = telemetry.of_requests(settings)
        if (requests := asked_for.get("tracer_provider")) is not None:
            requests._provider = spans.provider  # type: ignore[attr-defined]
        app = FastAPI(telemetry=asked_for)

        @app.get("/cups/{cup}")
        @app.get("/health")
        async def show(cup: str = "") -> None:
            if cup == "broken":
                raise ValueError("marzipan")

        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://cafe") as client:
            await client.get(path, headers=headers)
    return spans.all()


GATEWAY = GatewaySettings(otel_exporter_otlp_endpoint="http://collector")
STORE = Settings(otel_exporter_otlp_endpoint="http://collector")


async def test_a_users_request_is_named_after_its_route() -> None:
    """Not after what the user put into its address."""
    [span] = await spans_of(GATEWAY, "/cups/marzipan?user=marzipan")
    assert span.name == "GET /cups/{cup}"
    assert told(span, "http.route", "http.response.status_code") == ("/cups/{cup}", 200)
    assert "marzipan" not in span.to_json()


async def test_a_failed_request_says_no_words_of_the_exception() -> None:
    """Its kind, and that it failed."""
    [span] = await spans_of(GATEWAY, "/cups/broken")
    assert told(span, "error.type") == ("ValueError",)
    assert "marzipan" not in span.to_json()


async def test_monitoring_makes_no_spans() -> None:
    """It asks every few seconds, for ever."""
    assert await spans_of(GATEWAY, "/health", PARENT) == []


@pytest.mark.parametrize(("headers", "spans"), [(None, 0), (PARENT, 1)])
async def test_a_service_traces_what_belongs_to_a_trace(headers: Any, spans: int) -> None:
    """Renewals of leases and sweeps belong to no turn, or to many."""
    assert len(await spans_of(STORE, "/cups/7", headers)) == spans


async def test_without_an_endpoint_there_are_no_spans() -> None:
    """FastAPI does not even look."""
    assert await spans_of(GatewaySettings(), "/cups/7") == []
