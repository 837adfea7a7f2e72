"""How the services log, count and trace. Call `set_up` once, first thing in a process."""

import os

import structlog
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import format_trace_id

from turnstream.logs import lines
from turnstream.metrics import BUILD, tenants
from turnstream.settings import Settings
from turnstream.tracing import requests
from turnstream.version import VERSION

Logger = structlog.typing.FilteringBoundLogger


def set_up(service: str, settings: Settings) -> None:
    """Send every log line to stderr as structlog renders it; trace if an endpoint is set."""
    lines.set_up(service, settings, trace_id)
    BUILD.labels(service, VERSION).set(1)
    tenants.name(settings.metrics_tenants)
    if is_traced(settings):
        # Here, for it takes each process 0.1 s to start with it.
        from turnstream.tracing.export import send_spans

        send_spans(service, settings)


def get_logger(name: str) -> Logger:
    """The logger of a module. Log events are short past-tense sentences; facts are key-values."""
    logger: Logger = structlog.get_logger(name)
    return logger


def is_traced(settings: Settings) -> bool:
    """True when traces go somewhere."""
    endpoint = settings.otel_exporter_otlp_endpoint or settings.otel_exporter_otlp_traces_endpoint
    off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return bool(endpoint) and not off and os.environ.get("OTEL_TRACES_EXPORTER") != "none"


def of_requests(settings: Settings) -> TelemetryConfig:
    """What FastAPI itself shall tell of requests: spans, where somebody wants traces."""
    if not is_traced(settings):
        return {"tracing": False, "metrics": False, "logs": False}
    return requests.of_users() if settings.is_public else requests.of_services()


def trace_id() -> str | None:
    """The trace that the code runs in, as 32 hex digits; None outside any."""
    span = trace.get_current_span().get_span_context()
    return format_trace_id(span.trace_id) if span.is_valid else None
