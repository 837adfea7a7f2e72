"""The spans of an attempt: the wait in the queue, the claim, the run, the end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from turnstream.contracts.jobs import CallServer
from turnstream.contracts.turns import TurnError, TurnStatus
from turnstream.tracing import names
from turnstream.tracing.attempts import attempt_span, describe_attempt
from turnstream.tracing.context import (
    entered,
    facts_of,
    fail,
    parent_of,
    tracer,
    with_facts,
)

from turnstream_worker.attempt import Attempt

_NS = 1_000_000_000


@contextmanager
def attempt_traced(attempt: Attempt, asked: int) -> Iterator[None]:
    """Trace an attempt, beneath the request that its turn was accepted with.

    `asked` is when the worker asked for a turn, in nanoseconds since the epoch.
    """
    claimed, began = attempt.claimed, time.time_ns()
    facts = facts_of(
        tenant=attempt.owner.tenant,
        thread_id=claimed.thread_id,
        turn_id=claimed.turn_id,
        attempt=claimed.attempt,
    )
    accepted = with_facts(facts, parent_of(claimed.context.traceparent))
    span = attempt_span(claimed.turn_id, claimed.attempt, accepted, began)
    attempt.trace = trace.set_span_in_context(span, accepted)
    if span.is_recording():
        known = trace.get_current_span(accepted).get_span_context().is_valid
        above = accepted if known else attempt.trace
        due = min(began - int(claimed.waited * _NS), asked)
        tracer().start_span(names.QUEUE, above, start_time=due).end(asked)
        claim = tracer().start_span(names.CLAIM, above, SpanKind.CLIENT, start_time=asked)
        claim.end(began)
    try:
        with entered(span, accepted, crossing=span):
            yield
    except Exception as error:
        fail(span, error)
        raise
    finally:
        if attempt.interruption is not None:
            span.set_attribute(names.INTERRUPTION, attempt.interruption.value)
        span.end()


@contextmanager
def end_traced() -> Iterator[None]:
    """Trace the end of an attempt."""
    with tracer().start_as_current_span(
        names.END, record_exception=False, set_status_on_exception=False
    ):
        yield


def tell_end(status: TurnStatus, error: TurnError | None) -> None:
    """Let the span of the attempt say how it left its turn: with an end, or back in the queue."""
    describe_attempt({names.STATUS: status.value}, None if error is None else error.code)


@contextmanager
def short_call_traced(call: CallServer) -> Iterator[None]:
    """Trace a short call, beneath the request that it answers."""
    params = call.request.get("params")
    thread_id = params.get("thread_id") if isinstance(params, dict) else None
    facts = facts_of(
        tenant=call.context.tenant, thread_id=thread_id if isinstance(thread_id, str) else None
    )
    above = with_facts(facts, parent_of(call.context.traceparent))
    span = tracer().start_span(f"{names.SHORT_CALL} {call.method}", above, SpanKind.CONSUMER)
    try:
        with entered(span, above, crossing=span):
            yield
    except Exception as error:
        fail(span, error)
        raise
    finally:
        span.end()
