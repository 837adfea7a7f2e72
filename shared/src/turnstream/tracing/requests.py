"""Spans of HTTP requests, made by FastAPI: its route and its status, and nothing of its user."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry import propagate, trace
from opentelemetry.trace import Span, Tracer, TracerProvider
from opentelemetry.util.types import Attributes

Scope = MutableMapping[str, Any]

_LEFT_OUT = frozenset({"url.path", "url.query"})
"""They hold what users name: themselves, a file, a word that is searched for."""
_WATCHED = ("/health", "/ready", "/metrics", "/ui")
"""What monitoring asks, and files of a page: many requests, and nothing to learn of one."""


def of_users() -> TelemetryConfig:
    """A span for each request of a user; the parent that it names is taken, if it is valid."""
    return _config(_is_watched)


def of_services() -> TelemetryConfig:
    """A span for each request that belongs to a trace which is recorded. Others are duties of a
    service, and belong to no turn, or to many.
    """
    return _config(_has_no_parent)


def _config(exclude: Callable[[Scope], bool]) -> TelemetryConfig:
    return {
        "tracing": True,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "tracer_provider": _Requests(),
        "exclude": exclude,
    }


def _is_watched(scope: Scope) -> bool:
    path: str = scope["path"]
    return any(path == each or path.startswith(f"{each}/") for each in _WATCHED)


def _has_no_parent(scope: Scope) -> bool:
    fields = {name.lower().encode() for name in propagate.get_global_textmap().fields}
    return not any(name in fields for name, _ in scope["headers"])


class _Requests(TracerProvider):
    """The tracers of this process, for FastAPI."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> Tracer:
        """Part of OpenTelemetry."""
        return _FilteringTracer(
            trace.get_tracer(
                instrumenting_module_name,
                instrumenting_library_version,
                self._provider,
                schema_url,
                attributes,
            )
        )


class _FilteringTracer(Tracer):
    """Starts spans without the attributes in `_LEFT_OUT`."""

    def __init__(self, inner: Tracer) -> None:
        self._inner = inner

    def start_span(self, name: str, *given: Any, **options: Any) -> Span:
        """Part of OpenTelemetry. FastAPI names what it gives."""
        attributes = options.get("attributes") or {}
        kept = {key: value for key, value in attributes.items() if key not in _LEFT_OUT}
        return self._inner.start_span(name, *given, **{**options, "attributes": kept})

    @contextmanager
    def start_as_current_span(  # type: ignore[override]  # the type that it should have is private
        self, name: str, *given: Any, **options: Any
    ) -> Iterator[Span]:
        """Part of OpenTelemetry. FastAPI calls it for its own steps, which are not traced."""
        with self._inner.start_as_current_span(name, *given, **options) as span:
            yield span
