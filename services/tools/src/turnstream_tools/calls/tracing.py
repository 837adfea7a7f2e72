"""The span of a call, as a child of the turn's."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from turnstream.contracts.tools import CallTool

_TRACER = trace.get_tracer("tools")


@contextmanager
def call_span(command: CallTool) -> Iterator[None]:
    """Trace everything in the block as this call."""
    carrier = {"traceparent": command.traceparent} if command.traceparent else {}
    parent = TraceContextTextMapPropagator().extract(carrier)
    with _TRACER.start_as_current_span(f"tool {command.tool}", context=parent) as span:
        span.set_attribute("turnstream.turn_id", command.turn_id)
        span.set_attribute("turnstream.call_key", command.key)
        yield
