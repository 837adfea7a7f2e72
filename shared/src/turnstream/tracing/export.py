"""Sends spans by OTLP, as the `OTEL_…` variables say. It is imported where traces go somewhere: a
process takes 0.1 s to start with OpenTelemetry's SDK.
"""

import os
from importlib import import_module
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult

from turnstream.settings import ConfigurationError, Settings
from turnstream.tracing.context import FactsPropagator, chosen_span_id, facts_in
from turnstream.tracing.held import AttemptSpanBuffer
from turnstream.version import VERSION

_PROTOCOL = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP, _GRPC = "http/protobuf", "grpc"


def send_spans(service: str, settings: Settings) -> None:
    """Send the spans of this process from now on; what is left when it ends, too.

    A process in which something else has set OpenTelemetry up already is left as it is. Raises
    `ConfigurationError`.
    """
    if not settings.is_public:
        asked = propagate.get_global_textmap()
        propagate.set_global_textmap(CompositePropagator([asked, FactsPropagator()]))
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        _send(service, settings)


def _send(service: str, settings: Settings) -> None:
    if settings.otel_exporter_otlp_endpoint:  # it may have come under our longer name
        os.environ.setdefault("OTEL_EXPORTER_OTLP_ENDPOINT", settings.otel_exporter_otlp_endpoint)
    trace.set_tracer_provider(provider_for(service, settings, BatchSpanProcessor(_exporter())))


def provider_for(service: str, settings: Settings, sending: SpanProcessor) -> TracerProvider:
    """What makes the spans of a service and hands them to `sending`."""
    provider = TracerProvider(resource=_resource(service, settings), id_generator=_Ids())
    if not settings.trusts_callers:
        provider.sampler = LocalSampler(provider.sampler)
    provider.add_span_processor(_Facts())
    provider.add_span_processor(AttemptSpanBuffer(sending))
    return provider


def _resource(service: str, settings: Settings) -> Resource:
    """Our names, where `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say no others."""
    ours = Resource(
        {
            "service.name": service,
            "service.namespace": "turnstream",
            "service.instance.id": settings.instance,
            "service.version": VERSION,
        }
    )
    return Resource.create().merge(ours).merge(OTELResourceDetector().detect())


def _exporter() -> SpanExporter:
    given = (os.environ.get(name) for name in _PROTOCOL)
    protocol = next(filter(None, given), _HTTP)
    if protocol == _HTTP:
        return OTLPSpanExporter()
    if protocol != _GRPC:
        raise ConfigurationError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}: known are {_HTTP} and {_GRPC}."
        )
    try:
        module = import_module("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
    except ImportError as error:
        raise ConfigurationError(
            "OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs the package "
            "opentelemetry-exporter-otlp-proto-grpc."
        ) from error
    exporter: SpanExporter = module.OTLPSpanExporter()
    return exporter


class _Ids(RandomIdGenerator):
    """Random ids, but for a span whose id was chosen."""

    def generate_span_id(self) -> int:
        """Part of OpenTelemetry."""
        return chosen_span_id.get() or super().generate_span_id()


class _Facts(SpanProcessor):
    """Gives every span of a turn what they have in common."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Part of OpenTelemetry."""
        span.set_attributes(facts_in(parent_context))


class LocalSampler(Sampler):
    """Decides on the traces that callers begin as on those that begin here.

    A caller who wants no trace gets none. One who wants one is sampled as anybody else: no stranger
    can have all of their requests traced. The id of the trace is theirs, so the decision is made on
    one of ours.
    """

    def __init__(self, configured: Sampler) -> None:
        self._configured = configured
        self._ids = RandomIdGenerator()

    def should_sample(
        self, parent_context: Context | None, trace_id: int, *rest: Any, **more: Any
    ) -> SamplingResult:
        """Part of OpenTelemetry."""
        caller = trace.get_current_span(parent_context).get_span_context()
        if caller.is_valid and caller.is_remote and caller.trace_flags.sampled:
            parent_context, trace_id = Context(), self._ids.generate_trace_id()
        return self._configured.should_sample(parent_context, trace_id, *rest, **more)

    def get_description(self) -> str:
        """Part of OpenTelemetry."""
        return f"LocalSampler{{{self._configured.get_description()}}}"
