"""What is sent, of whom, and when: the sampler, the environment, the spans of a killed worker."""

import os
import subprocess
import sys

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, ParentBasedTraceIdRatio, Sampler
from turnstream import telemetry
from turnstream.settings import ConfigurationError, Settings
from turnstream.tracing import attempts, context, names
from turnstream.tracing.export import LocalSampler, send_spans
from turnstream.tracing.held import MOST
from turnstream_gateway.settings import GatewaySettings

from tests.support.watching.collector import running_collector
from tests.support.watching.spans import recorded

WANTED = "00-" + "0" * 31 + "1-" + "b" * 16 + "-01"
"""A caller's trace: its id is one that any ratio takes."""
UNWANTED = WANTED[:-1] + "0"


def sampled(sampler: Sampler, header: str, times: int) -> int:
    """How many of so many requests of a caller are traced."""
    parent = context.parent_of(header)
    decisions = [sampler.should_sample(parent, 1, "POST /chatkit") for _ in range(times)]
    return sum(each.decision is Decision.RECORD_AND_SAMPLE for each in decisions)


def test_who_wants_a_trace_is_sampled_as_everybody_is() -> None:
    """Neither the flag nor the id of a stranger's trace has more of their requests recorded."""
    sampler = LocalSampler(ParentBasedTraceIdRatio(0.1))
    assert 20 < sampled(sampler, WANTED, 1000) < 250
    assert sampled(ParentBasedTraceIdRatio(0.1), WANTED, 1000) == 1000


def test_who_wants_no_trace_gets_none() -> None:
    """That costs nobody anything."""
    assert sampled(LocalSampler(ParentBasedTraceIdRatio(1.0)), UNWANTED, 100) == 0


@pytest.mark.parametrize("trusted", [False, True])
def test_only_the_gateway_doubts_its_callers(trusted: bool) -> None:
    """And it does not where `TRUST_TRACEPARENT` says so."""
    settings = GatewaySettings(trust_traceparent=trusted)
    with recorded(settings) as at_the_gateway, recorded(Settings()) as at_the_store:
        doubts = isinstance(at_the_gateway.provider.sampler, LocalSampler)
        assert doubts is not trusted
        assert not isinstance(at_the_store.provider.sampler, LocalSampler)


def test_spans_inside_an_attempt_wait_for_its_end() -> None:
    """A worker that is killed leaves no span that hangs on nothing."""
    with recorded() as spans:
        attempt = attempts.attempt_span("turn_1", 1, Context(), 0)
        with (
            context.entered(attempt, Context()),
            context.tracer().start_as_current_span("an agent"),
        ):
            context.tracer().start_span("a model").end()
        assert spans.all() == []
        context.tracer().start_span("of somebody else").end()
        assert len(spans.all()) == 1
        attempt.end()
    assert len(spans.all()) == 4


def test_of_a_long_attempt_not_everything_is_held() -> None:
    """What a process keeps in memory has a bound."""
    with recorded() as spans:
        attempt = attempts.attempt_span("turn_1", 1, Context(), 0)
        with context.entered(attempt, Context()):
            for _ in range(MOST + 5):
                context.tracer().start_span("a model").end()
        assert len(spans.all()) == 5


def test_what_ends_after_its_attempt_is_sent_at_once() -> None:
    """A task that an app left behind."""
    with recorded() as spans:
        attempt = attempts.attempt_span("turn_1", 1, Context(), 0)
        with context.entered(attempt, Context()):
            left = context.tracer().start_span("left behind")
        attempt.end()
        left.end()
    assert [each.name for each in spans.all()] == [names.ATTEMPT, "left behind"]


SENDING = """
from turnstream import telemetry
from turnstream import telemetry
from turnstream.settings import ConfigurationError, Settings
from turnstream.tracing.context import tracer

telemetry.set_up("cafe", Settings(instance="cafe-1"))
tracer().start_span("a cup").end()
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: OpenTelemetry is set up once in each."""
    env = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False
    )


def test_spans_that_are_left_at_the_end_of_a_process_are_sent() -> None:
    """Under the names that the environment gives; else under those of the service."""
    with running_collector() as collector:
        ran = run(SENDING, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{collector.endpoint}/v1/traces")
        assert ran.returncode == 0, ran.stderr
        named = {
            "OTEL_SERVICE_NAME": "our-cafe",
            "TURNSTREAM_OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        }
        run(SENDING, **named)
    assert [span.service for span in collector.spans()] == ["cafe", "our-cafe"]
    assert b"cafe-1" in collector.raw[0]


@pytest.mark.parametrize(
    ("variable", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")]
)
def test_the_environment_turns_traces_off(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As OpenTelemetry has it."""
    settings = Settings(otel_exporter_otlp_endpoint="http://collector")
    assert telemetry.is_traced(settings)
    monkeypatch.setenv(variable, value)
    assert not telemetry.is_traced(settings)


@pytest.mark.parametrize(
    ("protocol", "said"),
    [("grpc", "opentelemetry-exporter-otlp-proto-grpc"), ("smoke", "known are")],
)
def test_a_protocol_that_is_not_there_is_refused(
    protocol: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the name of what is missing, and not silently."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    with pytest.raises(ConfigurationError, match=said):
        send_spans("cafe", GatewaySettings())


def test_without_an_endpoint_nothing_of_the_sdk_is_loaded() -> None:
    """A process starts as fast as it would without traces, and a span is nothing."""
    modules = ["opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto"]
    look = f"import sys\nprint([each for each in {modules} if each in sys.modules])\n"
    ran = run(SENDING + look)
    assert ran.stdout.strip() == "[]", ran.stderr


def test_nobody_can_be_asked_for_spans_twice() -> None:
    """A process that something else has set up is left as it is."""
    code = (
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "theirs = TracerProvider()\n"
        "trace.set_tracer_provider(theirs)\n"
        f"{SENDING}"
        "assert trace.get_tracer_provider() is theirs\n"
    )
    ran = run(code, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert ran.returncode == 0, ran.stderr
