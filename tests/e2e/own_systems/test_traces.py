"""Traces of real processes, at a real OTLP receiver: one tree for a turn, no matter which
process dies.
"""

import os
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from turnstream_devstack.stack import Stack

from tests.conftest import NewStack
from tests.support.chat_client import ChatClient, message
from tests.support.model_server import (
    Hold,
    ModelServer,
    instructed,
    rounds,
    rules,
    text,
    tool_call,
    user_says,
)
from tests.support.waiting import wait_until_async
from tests.support.watching.collector import Collector, Span, orphans, running_collector, tree

SECRETS = ("marzipan-text", "marzipan-user", "marzipan-token", "marzipan-query", "marzipan-answer")
"""What must be in no span: of a message, a user, a credential, an address, a model."""
KEY = "sk-marzipan-token-abcdefghijklmnop"
CLIENT = 3
"""The kind of a span."""
HELD, HELD_AGAIN = "mid-answer", "mid-answer of another test"
ANSWER = text("It is 12 degrees, ", "marzipan-answer")
SCRIPT = rules(
    (instructed("title"), text("A title")),
    (
        user_says("slowly"),
        rounds(
            tool_call("get_weather", {"location": "marzipan-text"}),
            text("It is ", Hold(HELD), "marzipan-answer"),
        ),
    ),
    (user_says("gently"), text("It is ", Hold(HELD_AGAIN), "marzipan-answer")),
    otherwise=rounds(tool_call("get_weather", {"location": "marzipan-text"}), ANSWER),
)


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with running_collector() as running:
        yield running


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(SCRIPT).in_thread() as server:
        yield server


@pytest.fixture(scope="module")
def stack(collector: Collector, model: ModelServer, new_stack: NewStack) -> Iterator[Stack]:
    env = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": model.base_url,
        "MODEL": "gpt-traced",
        "WEATHER": "sample",
        "LEASE": "2s",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=ours",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=a-test",
    }
    with new_stack("traces", env) as stack:
        yield stack


@asynccontextmanager
async def a_page(stack: Stack) -> Any:
    credentials = {"Authorization": "Bearer marzipan-token", "X-User-Id": "marzipan-user"}
    async with ChatClient(
        stack.gateway_urls[0], user="marzipan-user", credentials=credentials
    ) as client:
        yield client


async def whole_trace(collector: Collector, trace_id: str, *parts: str) -> list[Span]:
    """The spans of a trace, once spans of all these names are there and none hangs on nothing."""
    found: list[Span] = []

    def is_whole() -> bool:
        found[:] = collector.spans(trace_id)
        known = {each.name for each in found}
        return all(part in known for part in parts) and len(orphans(found)) <= (
            1 if _has_caller(found) else 0
        )

    try:
        await wait_until_async(_later(is_whole), 15)
    except AssertionError as error:
        raise AssertionError(f"no whole trace:\n{tree(found)}") from error
    return found


def _has_caller(spans: list[Span]) -> bool:
    return any(each.name == "POST /chatkit" and each.parent_id for each in spans)


def _later(condition: Any) -> Any:
    async def ask() -> bool:
        return bool(condition())

    return ask


def of(spans: list[Span], name: str) -> list[Span]:
    found = [each for each in spans if each.name == name]
    return sorted(found, key=lambda span: span.start)


PARENTS = {
    "POST /turns": "POST /chatkit",
    "turnstream.relay": "POST /chatkit",
    "turnstream.queue": "POST /chatkit",
    "turnstream.claim": "POST /chatkit",
    "turnstream.attempt": "POST /chatkit",
    "invoke_agent guide": "turnstream.attempt",
    "invoke_agent title": "turnstream.attempt",
    "execute_tool get_weather": "invoke_agent guide",
    "turnstream.tool get_weather": "turnstream.attempt",
    "POST /tool-calls/begin": "turnstream.attempt",
    "POST /turns/{turn_id}/writes": "turnstream.attempt",
    "turnstream.end": "turnstream.attempt",
}
"""What hangs on what."""


async def test_a_turn_is_one_tree(stack: Stack, collector: Collector) -> None:
    """From the caller's own span to the end: gateway, store, queue, claim, attempt, agents, models
    and the tool in its service.
    """
    caller, trace_id = "00f067aa0ba902b7", os.urandom(16).hex()
    header = {"traceparent": f"00-{trace_id}-{caller}-01"}
    async with a_page(stack) as client:
        turn = await client.send_message("weather in marzipan-text?", headers=header)
        await client.call("GET", f"/turns/{turn.turn_id}?after=marzipan-query")
    spans = await whole_trace(collector, trace_id, "POST /chatkit", "turnstream.end")

    assert [each.name for each in orphans(spans)] == ["POST /chatkit"], tree(spans)
    assert of(spans, "POST /chatkit")[0].parent_id == caller
    by_id = {each.span_id: each.name for each in spans}
    hangs = {each.name: by_id.get(each.parent_id) for each in spans}
    assert {name: hangs.get(name) for name in PARENTS} == PARENTS, tree(spans)
    assert {"gateway", "store", "agent-worker", "tools"} == {each.service for each in spans}
    assert len(spans) <= 30, tree(spans)

    shared = ("gen_ai.conversation.id", "turnstream.turn.id", "turnstream.tenant")
    told = {each.name: tuple(each.attributes.get(name) for name in shared) for each in spans}
    assert set(told.values()) == {(client.thread_id, turn.turn_id, "default")}, told
    inside = [each for each in spans if each.service in ("agent-worker", "tools")]
    assert {each.attributes["turnstream.turn.attempt"] for each in inside} == {1}


async def test_a_model_call_has_the_names_of_the_conventions(
    stack: Stack, collector: Collector
) -> None:
    """And the version of them that was meant; the tool's span names its call."""
    async with a_page(stack) as client:
        turn = await client.send_message("weather in marzipan-text?")
    spans = await whole_trace(collector, await trace_of(collector, turn.turn_id), "turnstream.end")

    asked = of(spans, "chat gpt-traced")[-1]
    assert asked.kind == CLIENT
    assert asked.schema_url == "https://opentelemetry.io/schemas/gen-ai/0.1.0"
    assert {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-traced",
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.provider.name": "127.0.0.1",
        "server.address": "127.0.0.1",
        "turnstream.playback": False,
    }.items() <= asked.attributes.items()
    assert asked.attributes["gen_ai.usage.output_tokens"] > 0
    [tool] = of(spans, "execute_tool get_weather")
    [run] = of(spans, "turnstream.tool get_weather")
    assert run.links == (tool.span_id,)
    assert run.attributes["gen_ai.tool.call.id"] == tool.attributes["gen_ai.tool.call.id"]
    [attempt] = of(spans, "turnstream.attempt")
    assert attempt.attributes["turnstream.turn.status"] == "completed"


async def test_a_later_attempt_goes_on_in_the_trace(
    stack: Stack, collector: Collector, model: ModelServer
) -> None:
    """It is linked to the one before, which the store tells for the worker that was killed; what it
    played back is marked.
    """
    async with (
        a_page(stack) as client,
        client.stream(*message("slowly, marzipan-text")) as turn,
    ):
        await wait_until_async(_later(lambda: model.waiting(HELD)), 20)
        stack.service("agent-worker-1").kill()
        model.open(HELD)
        await turn.to_end()
    trace_id = await trace_of(collector, turn.turn_id)
    spans = await whole_trace(collector, trace_id, "POST /chatkit", "turnstream.end")

    assert orphans(spans) == [], tree(spans)
    first, second = of(spans, "turnstream.attempt")
    assert (first.service, second.service) == ("store", "agent-worker")
    assert (first.failed, first.attributes["turnstream.attempt.lost"]) == (True, True)
    assert second.links == (first.span_id,)
    assert [each.attributes["turnstream.turn.attempt"] for each in (first, second)] == [1, 2]
    assert len(of(spans, "turnstream.claim")) == len(of(spans, "turnstream.queue")) == 2
    guide = of(spans, "invoke_agent guide")[0]
    asked = [each for each in spans if each.parent_id == guide.span_id and "chat" in each.name]
    played = [each.attributes["turnstream.playback"] for each in sorted(asked, key=_start)]
    assert played == [True, False], tree(spans)
    runs = of(spans, "turnstream.tool get_weather")
    assert [run.attributes.get("turnstream.playback", False) for run in runs] == [False, True]


async def test_a_stranger_does_not_decide_what_is_traced(
    stack: Stack, collector: Collector
) -> None:
    """A caller's trace is left out if they want none. A header that is none begins a new trace."""
    left_out = os.urandom(16).hex()
    async with a_page(stack) as client:
        unwanted = {"traceparent": f"00-{left_out}-00f067aa0ba902b7-00"}
        await client.send_message("weather in marzipan-text?", headers=unwanted)
        malformed = {"traceparent": "00-marzipan-token-marzipan-query-01"}
        turn = await client.send_message("weather in marzipan-text?", headers=malformed)
    spans = await whole_trace(collector, await trace_of(collector, turn.turn_id), "turnstream.end")

    assert collector.spans(left_out) == []
    assert of(spans, "POST /chatkit")[0].parent_id == ""


async def test_a_killed_gateway_loses_the_span_of_its_request_alone(
    stack: Stack, collector: Collector, model: ModelServer
) -> None:
    """All that others did hangs beneath its id, and says which turn and thread it was."""
    async with (
        a_page(stack) as client,
        client.stream(*message("gently, marzipan-text")) as turn,
    ):
        await wait_until_async(_later(lambda: model.waiting(HELD_AGAIN)), 20)
        stack.service("gateway-1").kill()
        model.open(HELD_AGAIN)
    trace_id = await trace_of(collector, turn.turn_id)

    def ended() -> bool:
        return bool(of(collector.spans(trace_id), "turnstream.end"))

    await wait_until_async(_later(ended), 15)
    spans = collector.spans(trace_id)
    assert of(spans, "POST /chatkit") == []
    assert len({each.parent_id for each in orphans(spans)}) == 1, tree(spans)
    assert {each.attributes.get("turnstream.turn.id") for each in spans} == {turn.turn_id}
    [thread_id] = {each.attributes.get("gen_ai.conversation.id") for each in spans}
    assert thread_id


def test_no_span_says_what_anybody_said(stack: Stack, collector: Collector) -> None:
    """Not a word of the tests before: of users, models, tools, addresses, credentials."""
    sent = b"".join(collector.raw)
    assert [secret for secret in SECRETS if secret.encode() in sent] == []
    assert b"url.query" not in sent
    assert b"a-test" in sent  # what the environment says of the deployment
    assert {headers["x-tenant"] for headers in collector.headers} == {"ours"}


def _start(span: Span) -> int:
    return span.start


async def trace_of(collector: Collector, turn_id: str) -> str:
    """The trace of a turn."""

    def found() -> str:
        turns = (each for each in collector.spans() if turn_id in each.attributes.values())
        return next((each.trace_id for each in turns), "")

    await wait_until_async(_later(found), 15, "the turn is in a trace")
    return found()
