"""A collector of traces: it takes OTLP over HTTP as any does, and keeps the spans to look at."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan


@dataclass(frozen=True)
class Span:
    """A span as it came."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    service: str
    schema_url: str
    scope: str
    start: int
    end: int
    failed: bool
    attributes: dict[str, Any] = field(hash=False)
    links: tuple[str, ...] = ()


class Collector:
    """The spans that came so far."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._spans: list[Span] = []
        self.raw: list[bytes] = []
        """The requests, for a search of what must not be in them."""
        self.headers: list[dict[str, str]] = []
        self.endpoint = ""

    def spans(self, trace_id: str | None = None) -> list[Span]:
        """All spans, or those of a trace."""
        with self._lock:
            return [each for each in self._spans if trace_id in (None, each.trace_id)]

    def named(self, name: str) -> list[Span]:
        """The spans of a name, in the order in which they began."""
        found = [each for each in self.spans() if each.name == name]
        return sorted(found, key=lambda span: span.start)

    def clear(self) -> None:
        """Forget what came."""
        with self._lock:
            self._spans.clear()
            self.raw.clear()

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        """Part of the server."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        with self._lock:
            self.raw.append(body)
            self.headers.append(headers)
            self._spans += _spans(request)


def orphans(spans: list[Span]) -> list[Span]:
    """Spans whose parent did not come."""
    known = {each.span_id for each in spans}
    return [each for each in spans if each.parent_id and each.parent_id not in known]


def tree(spans: list[Span]) -> str:
    """The spans as an indented list, for a person and for the message of a failed test."""
    lines: list[str] = []

    def walk(parent: str, depth: int) -> None:
        below = sorted((s for s in spans if s.parent_id == parent), key=lambda span: span.start)
        for span in below:
            took = (span.end - span.start) / 1e6
            lines.append(f"{'  ' * depth}{span.name} [{span.service}] {took:.1f} ms")
            walk(span.span_id, depth + 1)

    for root in {each.parent_id for each in spans} - {each.span_id for each in spans}:
        lines.append(f"beneath {root or 'nothing'}:")
        walk(root, 1)
    return "\n".join(lines)


@contextmanager
def running_collector() -> Iterator[Collector]:
    """A collector on a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(body, {name.lower(): value for name, value in self.headers.items()})
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test shows what is wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        of_process = {each.key: _value(each.value) for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    name=span.name,
                    kind=span.kind,
                    service=str(of_process.get("service.name")),
                    schema_url=scope.schema_url,
                    scope=scope.scope.name,
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    failed=_failed(span),
                    attributes={each.key: _value(each.value) for each in span.attributes},
                    links=tuple(each.span_id.hex() for each in span.links),
                )


def _failed(span: ProtoSpan) -> bool:
    return bool(span.status.code == 2)


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return None if kind is None else getattr(value, kind)
