"""Requests make spans where somebody wants traces, and cost nothing where nobody does."""

import json
import subprocess
import sys

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


def test_a_trace_has_its_id_for_the_log() -> None:
    """The one that a collector shows; outside any trace there is none."""
    assert telemetry.trace_id() is None
    with TracerProvider().get_tracer("cafe").start_as_current_span("a cup") as span:
        assert telemetry.trace_id() == f"{span.get_span_context().trace_id:032x}"


KEY = "sk-proj-abcdefghijklmnop1234"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_log_line_shows_a_key(log_format: str) -> None:
    """Whoever logs it, in whichever form: words, a value, an exception, a library of its own."""
    code = f"""
import logging
from turnstream import telemetry
from turnstream.settings import Settings

telemetry.set_up("cafe", Settings(log_format={log_format!r}, log_error_text=True))
log = telemetry.get_logger("cups")
error = ValueError("Incorrect API key provided: {KEY}")
log.warning("a cup fell with {KEY}", error=error, headers={{"a": ["Bearer {KEY}"]}})
try:
    raise error
except ValueError:
    log.exception("a cup broke")
logging.getLogger("library").error("no answer of postgres://me:{KEY}@db/cups, %r", error)
log.info("a cup is whole", cups=7, full=True)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "abcdefghijklmnop" not in ran.stderr
    assert "ValueError" in ran.stderr
    assert "@db/cups" in ran.stderr
    if log_format == "json":
        lines = [json.loads(line) for line in ran.stderr.splitlines()]
        assert [line["event"] for line in lines][::3] == ["a cup fell with […]", "a cup is whole"]
        assert (lines[-1]["cups"], lines[-1]["full"]) == (7, True)
