"""The span of a call: beneath the attempt that makes it, linked to the worker's own span of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind
from turnstream.contracts.tools import CallDecision, CallTool
from turnstream.tracing import names
from turnstream.tracing.context import (
    entered,
    facts_of,
    fail,
    parent_of,
    span_of,
    tracer,
    with_facts,
)


@contextmanager
def call_span(command: CallTool) -> Iterator[None]:
    """Trace everything in the block as this call."""
    facts = facts_of(
        tenant=command.tenant,
        thread_id=command.thread_id,
        turn_id=command.turn_id,
        attempt=command.attempt,
    )
    above = with_facts(facts, parent_of(command.traceparent))
    attempt = trace.get_current_span(above)
    asked = span_of(command.asked_in)
    span = tracer().start_span(
        f"{names.TOOL} {command.tool}",
        above,
        SpanKind.CONSUMER,
        {"gen_ai.tool.name": command.tool, "gen_ai.tool.call.id": command.call_id},
        links=[Link(asked)] if asked.is_valid else None,
    )
    crossing = attempt if attempt.get_span_context().is_valid else span
    try:
        with entered(span, above, crossing=crossing):
            yield
    finally:
        span.end()


def tell_decision(decision: CallDecision) -> None:
    """Record the ledger's decision on the call's span: the tool runs, or it ran before."""
    span = trace.get_current_span()
    span.set_attribute(names.DECISION, decision.value)
    if decision is CallDecision.RECORDED:
        span.set_attribute(names.PLAYBACK, True)


def tell_outcome(outcome: str, *, failed: bool) -> None:
    """Record on the call's span how the call ended."""
    span = trace.get_current_span()
    span.set_attribute(names.OUTCOME, outcome)
    if failed:
        fail(span, outcome)
