"""How the services log, count and trace. Call `set_up` once, first thing in a process."""

import logging
import sys

import structlog
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.typing import EventDict, Processor

from turnstream.secrets.redaction import without_secrets
from turnstream.settings import Settings

Logger = structlog.stdlib.BoundLogger

_NOISY = ("aiohttp.access", "httpx2", "httpcore2", "openai", "uvicorn.access", "chatkit")


_NAMES = frozenset(
    {"timestamp", "level", "logger", "service", "instance", "turn_id", "thread_id", "worker"}
)
"""Fields of a line that hold names and ids of ours: a turn's lines need not be searched there."""


def set_up(service: str, settings: Settings) -> None:
    """Send every log line to stderr as structlog renders it; trace if an endpoint is set."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
        if settings.log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_secrets,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service, instance=settings.instance)
    if is_traced(settings):
        _trace(service, settings.instance)


def _without_secrets(_: object, __: str, event: EventDict) -> EventDict:
    """The last step before a line is written: no library's words bring a key into the log."""
    return {key: value if key in _NAMES else _redacted(value) for key, value in event.items()}


def _redacted(value: object) -> object:
    match value:
        case str():
            return without_secrets(value)
        case None | bool() | int() | float():
            return value
        case dict():
            return {key: _redacted(each) for key, each in value.items()}
        case list() | tuple():
            return [_redacted(each) for each in value]
        case _:
            return without_secrets(repr(value))


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
