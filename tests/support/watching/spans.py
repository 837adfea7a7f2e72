"""The spans that code in this process makes, without a collector."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from turnstream.settings import Settings
from turnstream.tracing import context
from turnstream.tracing.export import provider_for


class Spans:
    """What was sent so far."""

    def __init__(self, settings: Settings) -> None:
        self._kept = InMemorySpanExporter()
        self.provider: TracerProvider = provider_for(
            "test", settings, SimpleSpanProcessor(self._kept)
        )

    def all(self) -> list[ReadableSpan]:
        """In the order in which they began."""
        return sorted(self._kept.get_finished_spans(), key=lambda span: span.start_time or 0)

    def named(self, name: str) -> list[ReadableSpan]:
        """Those of a name."""
        return [each for each in self.all() if each.name == name]


@contextmanager
def recorded(settings: Settings | None = None) -> Iterator[Spans]:
    """Record the spans of the block. OpenTelemetry's own provider is for a whole process."""
    spans = Spans(settings or Settings())
    with patch.object(context, "_TRACER", spans.provider.get_tracer("test")):
        yield spans
    spans.provider.shutdown()


def told(span: ReadableSpan, *names: str) -> tuple[Any, ...]:
    """These attributes of a span."""
    return tuple((span.attributes or {}).get(name) for name in names)
