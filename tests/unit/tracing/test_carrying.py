"""A trace goes on in another process, also when a process in between is gone."""

from datetime import UTC, datetime

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from turnstream.tracing import attempts, context, names

from tests.support.watching.spans import recorded, told

FACTS = context.facts_of(tenant="a tenant & co", thread_id="thr_1", turn_id="turn_1", attempt=2)


def lines() -> dict[str, str]:
    """What a request to the store has, as the current span would send it."""
    given = context.request_lines().strip().splitlines()
    return dict(line.split(": ", 1) for line in given)


def test_a_request_carries_the_span_and_what_all_spans_of_the_turn_have() -> None:
    """The store's span has them too, whatever is in a tenant's name."""
    take_in = CompositePropagator([TraceContextTextMapPropagator(), context.FactsPropagator()])
    with recorded() as spans:
        span = context.tracer().start_span("here", context.with_facts(FACTS, Context()))
        with context.entered(span, context.with_facts(FACTS, Context())):
            headers = lines()
        context.tracer().start_span("there", take_in.extract(headers, Context())).end()

    there = spans.named("there")[0]
    assert there.parent is not None
    assert there.parent.span_id == span.get_span_context().span_id
    assert dict(there.attributes or {}) == FACTS


def test_a_request_outside_a_recorded_trace_carries_nothing() -> None:
    """So the store records nothing of it."""
    assert context.request_lines() == ""
    unsampled = context.parent_of("00-" + "1" * 32 + "-" + "2" * 16 + "-00")
    with context.entered(trace.get_current_span(unsampled), Context()):
        assert context.request_lines() == ""


def test_what_crosses_a_border_hangs_on_the_attempt() -> None:
    """And not on a span inside it, which is not sent when the worker is killed."""
    with recorded():
        attempt = attempts.attempt_span("turn_1", 1, Context(), 0)
        with (
            context.entered(attempt, Context(), crossing=attempt),
            context.tracer().start_as_current_span("inside"),
        ):
            assert context.traceparent() == context.header_of(attempt.get_span_context())
            assert context.own_traceparent() != context.traceparent()
            assert lines()["traceparent"] == context.traceparent()


def test_anybody_can_name_the_span_of_an_attempt() -> None:
    """The next attempt links to it, and the store tells it for a worker that is gone."""
    accepted = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    facts = context.facts_of(tenant="t", thread_id="thr_1", turn_id="turn_1", attempt=1)
    with recorded() as spans:
        attempts.tell_lost_attempt(facts, accepted, datetime.now(UTC))
        attempts.attempt_span("turn_1", 2, context.parent_of(accepted), 1).end()

    later, lost = sorted(spans.named(names.ATTEMPT), key=lambda span: span.start_time or 0)
    assert told(lost, names.LOST, names.ERROR, names.TURN_ID) == (True, "lost", "turn_1")
    assert [link.context.span_id for link in later.links] == [lost.context.span_id]
    assert {each.context.trace_id for each in (lost, later)} == {int("a" * 32, 16)}


@pytest.mark.parametrize("header", [None, "", "marzipan", "00-1-2-01", "00-" + "0" * 32 + "-1-01"])
def test_a_malformed_header_is_none(header: str | None) -> None:
    """What a stranger sends is not kept with the turn."""
    assert context.checked(header) is None


def test_a_header_is_kept_in_its_plain_form() -> None:
    """As W3C has it, whatever comes behind."""
    plain = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    assert context.checked(plain) == plain
    assert context.checked(f"01{plain[2:]}-and-more") in (plain, None)


def test_what_does_not_look_like_an_id_is_left_out() -> None:
    """A client may write a sentence where an id belongs."""
    facts = context.facts_of(thread_id="my name is marzipan", turn_id="x" * 200, tenant="t")
    assert facts == {names.TENANT: "t"}


def test_strangers_facts_are_not_taken() -> None:
    """The store takes those that it knows, and no others."""
    told_by = {"turnstream-trace": f"{names.TENANT}=t&evil=1&{names.ATTEMPT_NUMBER}=x"}
    found = context.facts_in(context.FactsPropagator().extract(told_by, Context()))
    assert found == {names.TENANT: "t", names.ATTEMPT_NUMBER: 0}
