"""How a trace goes on: in a process, to the next one, and from one attempt to another.

Without tracing, everything here is cheap. Calls to other processes get the span of the attempt as
parent, not one inside it: a killed worker never sends those inside, and the spans of other
processes would have no parent (docs/decisions/057).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import parse_qsl, urlencode

from opentelemetry import context as otel
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.trace import Span, SpanContext, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from turnstream.errors import TurnstreamError
from turnstream.tracing import names

Facts = Mapping[str, str | int]
"""Attributes that every span of a turn has."""

_FACTS = otel.create_key("turnstream.facts")
_CROSSING = otel.create_key("turnstream.crossing")
_W3C = TraceContextTextMapPropagator()
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_HEADER = "turnstream-trace"
_LONGEST = 1024
"""Characters of a header with facts: far more than ids and a tenant have."""

chosen_span_id: ContextVar[int] = ContextVar("chosen_span_id", default=0)
"""The id of the span that is started next; 0 for any."""


_TRACER = trace.get_tracer("turnstream", schema_url=names.schema_url())
"""Made once: making one takes longer than a span."""


def tracer() -> trace.Tracer:
    """What makes spans; where nobody traces, they cost nothing and are nothing."""
    return _TRACER


def facts_of(
    *,
    tenant: str | None = None,
    thread_id: str | None = None,
    turn_id: str | None = None,
    attempt: int | None = None,
) -> Facts:
    """What the spans of a turn have in common, as far as it is known. An id that a client made up
    may be anything: one that does not look like an id is left out.
    """
    known = {
        names.TENANT: tenant,
        names.THREAD_ID: thread_id if _ID.fullmatch(thread_id or "") else None,
        names.TURN_ID: turn_id if _ID.fullmatch(turn_id or "") else None,
        names.ATTEMPT_NUMBER: attempt,
    }
    return {name: value for name, value in known.items() if value}


def facts_in(context: Context | None) -> Facts:
    """What spans that begin in this context have in common."""
    facts = otel.get_value(_FACTS, context)
    return facts if isinstance(facts, Mapping) else {}


def with_facts(facts: Facts, context: Context | None = None) -> Context:
    """A context in which every span has these attributes, beside those that it has already."""
    return otel.set_value(_FACTS, {**facts_in(context), **facts}, context)


def tell(
    *, tenant: str | None = None, thread_id: str | None = None, turn_id: str | None = None
) -> None:
    """Give the current span these facts, and every later one of the current task."""
    span = trace.get_current_span()
    if span.is_recording():
        facts = facts_of(tenant=tenant, thread_id=thread_id, turn_id=turn_id)
        span.set_attributes(facts)
        otel.attach(with_facts(facts))


def leave_trace() -> None:
    """Let what the current task does from now on belong to no trace: many requests wait for it."""
    otel.attach(Context())


def is_recorded() -> bool:
    """True while the current span is recorded. Ask first, where finding out what it tells costs."""
    return trace.get_current_span().is_recording()


def traceparent() -> str | None:
    """The W3C header for what happens in another process; None outside any span."""
    return header_of(crossing_span().get_span_context())


def own_traceparent() -> str | None:
    """The W3C header of the current span itself, for a link."""
    return header_of(trace.get_current_span().get_span_context())


def header_of(span: SpanContext) -> str | None:
    """A span as a W3C header; None for none."""
    if not span.is_valid:
        return None
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, trace.set_span_in_context(trace.NonRecordingSpan(span), Context()))
    return carrier.get("traceparent")


def parent_of(header: str | None) -> Context:
    """A context with the span of a W3C header as parent; without one where it is malformed."""
    return _W3C.extract({"traceparent": header}, Context()) if header else Context()


def span_of(header: str | None) -> SpanContext:
    """The span of a W3C header; an invalid one where it is malformed."""
    return trace.get_current_span(parent_of(header)).get_span_context()


def checked(header: str | None) -> str | None:
    """A W3C header of a stranger's, in its plain form; None for a malformed one."""
    return header_of(span_of(header))


def crossing_span() -> Span:
    """The span on which calls of other processes hang."""
    span = otel.get_value(_CROSSING)
    return span if isinstance(span, Span) else trace.get_current_span()


@contextmanager
def entered(span: Span, context: Context, crossing: Span | None = None) -> Iterator[None]:
    """Make a span of this context the current one. Calls of other processes hang on `crossing`
    inside; on whatever is current without one.
    """
    context = trace.set_span_in_context(span, context)
    if crossing is not None:
        context = otel.set_value(_CROSSING, crossing, context)
    token = otel.attach(context)
    try:
        yield
    finally:
        otel.detach(token)


def fail(span: Span, failure: str | BaseException) -> None:
    """Mark a span as failed, with the kind of failure. The words of an exception are left out: they
    may be those of a user, or hold a key.
    """
    if isinstance(failure, TurnstreamError):
        failure = failure.code
    elif isinstance(failure, BaseException):
        failure = type(failure).__qualname__
    span.set_attribute(names.ERROR, failure)
    span.set_status(Status(StatusCode.ERROR))


def request_lines() -> str:
    """Header lines that let a request to the store go on with the trace; none where the trace is
    not recorded, so that the store records nothing of it either.
    """
    span = crossing_span()
    if not span.get_span_context().trace_flags.sampled:
        return ""
    carrier: dict[str, str] = {}
    propagate.inject(carrier, trace.set_span_in_context(span, Context()))
    if facts := facts_in(None):
        carrier[_HEADER] = urlencode(facts)
    return "".join(f"{name}: {value}\r\n" for name, value in carrier.items())


class FactsPropagator(TextMapPropagator):
    """Takes in what `request_lines` says of a turn. For services that nobody else can ask."""

    def extract(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        getter: Getter[CarrierT] = default_getter,
    ) -> Context:
        """Part of OpenTelemetry."""
        header = (getter.get(carrier, _HEADER) or [""])[0]
        known = (names.TURN_ID, names.TENANT, names.THREAD_ID, names.ATTEMPT_NUMBER)
        facts = {name: value for name, value in parse_qsl(header[:_LONGEST]) if name in known}
        return with_facts(_with_numbers(facts), context) if facts else context or Context()

    def inject(
        self,
        carrier: CarrierT,
        context: Context | None = None,
        setter: Setter[CarrierT] = default_setter,
    ) -> None:
        """Part of OpenTelemetry. Only `request_lines` tells them, and only to the store."""

    @property
    def fields(self) -> set[str]:
        """Part of OpenTelemetry."""
        return set()


def _with_numbers(facts: Mapping[str, str]) -> Facts:
    attributes: dict[str, str | int] = {**facts}
    number = facts.get(names.ATTEMPT_NUMBER)
    if number is not None:
        attributes[names.ATTEMPT_NUMBER] = int(number) if number.isdecimal() else 0
    return attributes
