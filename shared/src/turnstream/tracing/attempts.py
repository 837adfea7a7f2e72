"""The spans of attempts, in whatever process they are told, and how they hang together."""

import time
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.util.types import AttributeValue

from turnstream.tracing import names
from turnstream.tracing.context import (
    Facts,
    chosen_span_id,
    crossing_span,
    fail,
    parent_of,
    tracer,
    with_facts,
)


def describe_attempt(attributes: Mapping[str, AttributeValue], failure: str | None = None) -> None:
    """Give the attempt that runs more attributes, and the code of what it failed with."""
    span = crossing_span()
    span.set_attributes(attributes)
    if failure is not None:
        fail(span, failure)


def attempt_span_id(turn_id: str, number: int) -> int:
    """The id of an attempt's span. Anyone who knows of the attempt can name it: the next attempt,
    to link to it, and the store, to tell it when its worker is gone.
    """
    return int.from_bytes(sha256(f"{turn_id} {number}".encode()).digest()[:8], "big") or 1


def attempt_span(turn_id: str, number: int, accepted: Context, start_time: int) -> Span:
    """The span of an attempt, beneath the request that accepted its turn and linked to the attempt
    before it.
    """
    links = []
    origin = trace.get_current_span(accepted).get_span_context()
    if number > 1 and origin.is_valid:
        flags = TraceFlags(origin.trace_flags)
        before = attempt_span_id(turn_id, number - 1)
        links = [Link(SpanContext(origin.trace_id, before, is_remote=True, trace_flags=flags))]
    token = chosen_span_id.set(attempt_span_id(turn_id, number))
    try:
        return tracer().start_span(
            names.ATTEMPT, accepted, SpanKind.CONSUMER, links=links, start_time=start_time
        )
    finally:
        chosen_span_id.reset(token)


def tell_lost_attempt(facts: Facts, accepted_with: str | None, accepted_at: datetime) -> None:
    """Tell the span of an attempt whose worker is gone, under the id that it would have had.

    Nobody knows any more when the attempt began: a first one did soon after its acceptance, and a
    later one is told as the moment in which it was missed.
    """
    accepted, now = with_facts(facts, parent_of(accepted_with)), time.time_ns()
    if not _is_sampled(accepted):
        return
    turn_id, number = str(facts[names.TURN_ID]), int(facts[names.ATTEMPT_NUMBER])
    began = min(int(accepted_at.timestamp() * 1_000_000_000), now) if number == 1 else now
    span = attempt_span(turn_id, number, accepted, began)
    span.set_attribute(names.LOST, True)
    fail(span, "lost")
    span.end(now)


def tell_closed_turn(facts: Facts, accepted_with: str | None, status: str) -> None:
    """Tell the end of a turn that no worker ended."""
    accepted = with_facts(facts, parent_of(accepted_with))
    if _is_sampled(accepted):
        tracer().start_span(names.END, accepted, attributes={names.STATUS: status}).end()


def _is_sampled(context: Context) -> bool:
    return trace.get_current_span(context).get_span_context().trace_flags.sampled
