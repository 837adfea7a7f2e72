"""Spans inside an attempt are sent when the attempt's own span is.

A worker that is killed never ends that span. What ended inside it before would hang on nothing, so
it is not sent: the next attempt tells it again, from the journal.
"""

from threading import Lock

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from turnstream.tracing.names import ATTEMPT

MOST = 1000
"""Spans that are held of one attempt. Those of a longer one are sent as they end."""


class _Attempt:
    """The spans inside an attempt."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.ended: list[ReadableSpan] = []


class AttemptSpanBuffer(SpanProcessor):
    """Hands spans on to another processor, those inside an attempt when the attempt ends.

    Spans end on any thread.
    """

    def __init__(self, then: SpanProcessor) -> None:
        self._then = then
        self._lock = Lock()
        self._attempts: dict[int, _Attempt] = {}
        """The attempts by the id of each open span in them."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Part of OpenTelemetry."""
        self._then.on_start(span, parent_context)
        parent = span.parent.span_id if span.parent else 0
        with self._lock:
            attempt = _Attempt() if span.name == ATTEMPT else self._attempts.get(parent)
            if attempt is not None:
                number = span.get_span_context().span_id
                attempt.ids.add(number)
                self._attempts[number] = attempt

    def on_end(self, span: ReadableSpan) -> None:
        """Part of OpenTelemetry."""
        for each in self._due(span):
            self._then.on_end(each)

    def _due(self, span: ReadableSpan) -> list[ReadableSpan]:
        """What may be sent now that a span has ended."""
        number = span.context.span_id
        with self._lock:
            attempt = self._attempts.get(number)
            if attempt is None:
                return [span]
            if span.name != ATTEMPT:
                if len(attempt.ended) >= MOST:
                    return [span]
                attempt.ended.append(span)
                return []
            for each in attempt.ids:
                self._attempts.pop(each, None)
        return [*attempt.ended, span]

    def shutdown(self) -> None:
        """Part of OpenTelemetry."""
        self._then.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Part of OpenTelemetry."""
        return self._then.force_flush(timeout_millis)
