"""How the services log, count and trace. Call `set_up` once, first thing in a process."""

import structlog
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from turnstream.logs import lines
from turnstream.settings import Settings

Logger = structlog.stdlib.BoundLogger


def set_up(service: str, settings: Settings) -> None:
    """Send every log line to stderr as structlog renders it; trace if an endpoint is set."""
    lines.set_up(service, settings, trace_id)
    if is_traced(settings):
        _trace(service, settings.instance)


def get_logger(name: str) -> Logger:
    """The logger of a module. Log events are short past-tense sentences; facts are key-values."""
    logger: Logger = structlog.stdlib.get_logger(name)
    return logger


def is_traced(settings: Settings) -> bool:
    """True when traces go somewhere."""
    return bool(settings.otel_exporter_otlp_endpoint)


def of_requests(settings: Settings) -> TelemetryConfig:
    """What FastAPI itself shall tell of requests: spans, where somebody wants traces."""
    return {"tracing": is_traced(settings), "metrics": False, "logs": False}


def traceparent() -> str | None:
    """The W3C header of the current span, to travel with a message; None outside any span."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    """The trace that the code runs in, as 32 hex digits; None outside any."""
    span = trace.get_current_span().get_span_context()
    return format_trace_id(span.trace_id) if span.is_valid else None


def _trace(service: str, instance: str) -> None:
    # Here, for it takes each process 0.1 s to start with it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    resource = Resource.create({"service.name": service, "service.instance.id": instance})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
