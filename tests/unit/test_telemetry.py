"""Requests make spans where somebody wants traces, and cost nothing where nobody does."""

import httpx2
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from turnstream import telemetry
from turnstream.settings import Settings


@pytest.mark.parametrize(
    ("endpoint", "spans"), [(None, []), ("http://collector", ["GET /cups/{cup}"])]
)
async def test_a_request_makes_a_span_where_traces_go_somewhere(
    endpoint: str | None, spans: list[str]
) -> None:
    """Under the route's path and not under what the user put into it."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    settings = Settings(otel_exporter_otlp_endpoint=endpoint)
    asked_for = telemetry.of_requests(settings)
    app = FastAPI(telemetry={**asked_for, "tracer_provider": provider})

    @app.get("/cups/{cup}")
    async def show(cup: str) -> None:
        """Show a cup."""

    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://cafe") as client:
        assert (await client.get("/cups/7")).status_code == 200

    names = [span.name for span in kept.get_finished_spans()]
    assert [name for name in names if not name.startswith("fastapi.")] == spans
    assert bool(names) == bool(spans)
