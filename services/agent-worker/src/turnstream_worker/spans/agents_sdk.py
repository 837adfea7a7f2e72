"""The Agents SDK's own spans in the trace of their turn, in place of its export to OpenAI.

Agents, handoffs, guardrails, tools and an app's own spans become spans of OpenTelemetry. Its spans
of model calls do not: those of `traced_model` tell more, and of every model.
"""

from collections import OrderedDict
from typing import Any

from agents import set_trace_processors, set_tracing_disabled
from agents.tracing import (
    AgentSpanData,
    CustomSpanData,
    FunctionSpanData,
    GuardrailSpanData,
    HandoffSpanData,
    MCPListToolsSpanData,
    Span,
    SpanData,
    SpeechSpanData,
    Trace,
    TracingProcessor,
    TranscriptionSpanData,
    get_current_span,
)
from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span as OtelSpan
from turnstream.tracing import names
from turnstream.tracing.context import fail, is_recorded, tracer

from turnstream_worker.callers import caller_of_run

MOST_OPEN = 10_000
"""Spans of the SDK that are open at a time. One that is never ended must not stay for ever."""

_Attributes = dict[str, str | bool | int]


class AgentSpans(TracingProcessor):
    """Makes spans of the SDK's spans, each beneath its parent's."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, OtelSpan] = OrderedDict()
        """The open spans by the SDK's ids. One that makes no span has its parent's."""
        self._own: set[str] = set()

    def of(self, span: Span[Any] | None) -> OtelSpan | None:
        """The span for one of the SDK's; None where there is none."""
        return None if span is None else self._open.get(span.span_id)

    def on_span_start(self, span: Span[Any]) -> None:
        """Part of the SDK."""
        above = self._open.get(span.parent_id or "")
        context = trace.set_span_in_context(above) if above else context_of_run()
        if not trace.get_current_span(context).is_recording():
            return
        described = _name_and_attributes(span.span_data)
        if described is None:
            self._open[span.span_id] = trace.get_current_span(context)
        else:
            name, attributes = described
            self._open[span.span_id] = tracer().start_span(name, context, attributes=attributes)
            self._own.add(span.span_id)
        while len(self._open) > MOST_OPEN:
            oldest, _ = self._open.popitem(last=False)
            self._own.discard(oldest)

    def on_span_end(self, span: Span[Any]) -> None:
        """Part of the SDK."""
        ours = self._open.pop(span.span_id, None)
        if ours is None or span.span_id not in self._own:
            return
        self._own.discard(span.span_id)
        data = span.span_data
        if isinstance(data, HandoffSpanData) and data.to_agent:  # it is known at the end
            ours.update_name(f"handoff {data.to_agent}")
            ours.set_attribute("turnstream.handoff.to", data.to_agent)
        if isinstance(data, GuardrailSpanData):
            ours.set_attribute("turnstream.guardrail.triggered", data.triggered)
        if span.error is not None:  # its words may be those of a tool, or of a user
            fail(ours, "agents_sdk")
        ours.end()

    def on_trace_start(self, trace: Trace) -> None:
        """Part of the SDK. Its traces are runs, and the trace here is the turn."""

    def on_trace_end(self, trace: Trace) -> None:
        """Part of the SDK."""

    def shutdown(self) -> None:
        """Part of the SDK."""

    def force_flush(self) -> None:
        """Part of the SDK."""


_SPANS = AgentSpans()


def follow_sdk() -> None:
    """Take the SDK's spans from now on. Nothing of them goes to OpenAI any more."""
    set_trace_processors([_SPANS])
    set_tracing_disabled(False)


def open_tool_span() -> OtelSpan | None:
    """The span of the tool call in which this code runs; None where the SDK made none."""
    current = get_current_span()
    is_tool = current is not None and isinstance(current.span_data, FunctionSpanData)
    return _SPANS.of(current) if is_tool else None


def parent_of_call() -> Context:
    """Where a call that an agent makes belongs: beneath the agent, or else in its attempt."""
    above = _SPANS.of(get_current_span())
    return context_of_run() if above is None else trace.set_span_in_context(above)


def context_of_run() -> Context:
    """The current context; the context of the run's attempt where no span is recorded, as in a
    helper task that serves several turns.
    """
    if is_recorded():
        return otel.get_current()
    caller = caller_of_run()
    attempt = caller.attempt if caller is not None else None
    return otel.get_current() if attempt is None else attempt.trace


def _name_and_attributes(data: SpanData) -> tuple[str, _Attributes] | None:
    """The name and the attributes of a span; None for one that is not told.

    Never what was said: no input, no output, no data of an app's.
    """
    match data:
        case AgentSpanData():
            operation = "invoke_agent"
            return f"{operation} {data.name}", {
                "gen_ai.operation.name": operation,
                "gen_ai.agent.name": data.name,
            }
        case FunctionSpanData():
            return tool_span(data.name)
        case HandoffSpanData():
            return "handoff", {"turnstream.handoff.from": data.from_agent or ""}
        case GuardrailSpanData():
            return f"guardrail {data.name}", {"turnstream.guardrail.name": data.name}
        case MCPListToolsSpanData():
            return "tools/list", {"mcp.method.name": "tools/list"}
        case CustomSpanData() | SpeechSpanData() | TranscriptionSpanData():
            return getattr(data, "name", data.type), {}
        case _:
            return None


def tool_span(name: str) -> tuple[str, _Attributes]:
    """The name and the attributes of a tool's span."""
    operation = "execute_tool"
    attributes: _Attributes = {"gen_ai.operation.name": operation, "gen_ai.tool.name": name}
    if names.uses_old_names():
        attributes["gen_ai.tool.type"] = "function"
    return f"{operation} {name}", attributes
