"""What the proxy in front does to a stream, and to what the gateway sees of a request."""

import asyncio
import json
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from turnstream.doctor.findings import Finding, failure, ok, skipped, warning
from turnstream.doctor.http_request import FAILURES, HTTP_1_0, Answer, Request, ask, unreachable
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.doctor.probes.services import NO_GATEWAY
from turnstream.doctor.probes.through_gateway import REFUSED, not_let_in

_STREAM = "/probe/stream"
_SPREAD = 1.2
"""Seconds from the first event to the last, as the gateway sends them."""
_SILENCE = 70.0
"""Seconds without a byte that are waited for: longer than the gateway stays silent."""
_NOT_BUFFERED = (
    "Turn buffering off for it (nginx: proxy_buffering off, and do not ignore X-Accel-Buffering)."
)
_CONNECT = 5.0
_GZIP = 16 + zlib.MAX_WBITS
"""How zlib is told to expect gzip's frame."""


async def look_at_proxy(target: Target) -> Sequence[Finding]:
    """Buffering, compression, the version of HTTP, and the Host and scheme that arrive."""
    if not target.gateway:
        return [skipped(NO_GATEWAY)]
    headers = {**target.credentials, "Accept": "text/event-stream", "Accept-Encoding": "gzip"}
    try:
        answer = await ask(Request(target.gateway + _STREAM, headers=headers, silence=10.0))
        if (problem := _problem(target, answer)) is not None:
            return [problem]
        return [
            _buffering(answer),
            *_compression(answer),
            *_arrived(target.gateway, answer),
            *await _http(target.gateway, answer),
        ]
    except FAILURES as error:
        return [unreachable(f"GET {_STREAM}", error, "See the probe gateway.")]


async def look_at_timeouts(target: Target) -> Sequence[Finding]:
    """Whether the proxy holds a stream that is silent for as long as `HEARTBEAT`."""
    if not target.gateway:
        return [skipped(NO_GATEWAY)]
    url = f"{target.gateway}{_STREAM}?silent=true"
    try:
        answer = await ask(Request(url, headers=target.credentials, silence=_SILENCE))
    except FAILURES as error:
        return [unreachable(f"GET {_STREAM}", error, "See the probe gateway.")]
    if (problem := _problem(target, answer)) is not None:
        return [problem]
    arrived = _arrivals(answer)
    if len(arrived) >= 2 and not answer.cut:
        silence = arrived[-1][0] - arrived[0][0]
        return [ok(f"a stream that is silent for {silence:.0f} s is held")]
    return [
        failure(
            f"a silent stream is cut before HEARTBEAT is over: {answer.cut or 'it just ends'}",
            "Raise the proxy's read timeout (nginx: proxy_read_timeout), or lower HEARTBEAT.",
        )
    ]


def _problem(target: Target, answer: Answer) -> Finding | None:
    """What kept the stream from coming, if anything did."""
    if answer.status in REFUSED:
        return not_let_in(target, answer)
    if answer.status in (404, 405):
        remedy = "Let the proxy pass on every path; an older gateway has none of this name."
        return failure(f"GET {_STREAM} does not reach a gateway: {answer.said}", remedy)
    if answer.status != 200 or not _arrivals(answer):
        remedy = "See the logs of the proxy and of the gateway."
        return failure(f"GET {_STREAM} says {answer.said} {answer.cut}", remedy)
    return None


def _arrivals(answer: Answer) -> list[tuple[float, Any]]:
    """When each event was whole, and what it says."""
    found, text = [], b""
    packed = answer.headers.get("Content-Encoding") == "gzip"
    unpacking = zlib.decompressobj(wbits=_GZIP)
    for moment, piece in answer.pieces:
        text += unpacking.decompress(piece) if packed else piece
        *whole, text = text.split(b"\n\n")
        events = (frame[6:] for frame in whole if frame.startswith(b"data: "))
        found += [(moment, json.loads(each)) for each in events]
    return found


def _buffering(answer: Answer) -> Finding:
    arrived = _arrivals(answer)
    spread = arrived[-1][0] - arrived[0][0]
    if spread < _SPREAD / 2:
        found = f"{len(arrived)} events that leave the gateway 300 ms apart come together"
        return failure(f"a proxy buffers streams: {found}", _NOT_BUFFERED)
    return ok(f"events come as they leave the gateway (the last {spread:.1f} s after the first)")


def _compression(answer: Answer) -> Iterator[Finding]:
    coding = answer.headers.get("Content-Encoding")
    if coding:
        remedy = "Leave text/event-stream out of what the proxy compresses."
        yield warning(f"a proxy compresses streams ({coding}), which delays them", remedy)


def _arrived(gateway: str, answer: Answer) -> Iterator[Finding]:
    """What the gateway takes for its own address: links to files begin with it."""
    seen: Mapping[str, Any] = _arrivals(answer)[0][1]
    parts, base = urlsplit(gateway), str(seen["base_url"])
    if base == gateway:
        yield ok(f"the gateway sees Host and scheme as browsers do ({base})")
        return
    if seen["scheme"] != parts.scheme and urlsplit(base).scheme != parts.scheme:
        remedy = "Let the proxy set X-Forwarded-Proto, and name it in TRUSTED_PROXIES."
        yield failure(f"the gateway sees {seen['scheme']}, browsers use {parts.scheme}", remedy)
    if urlsplit(base).netloc != parts.netloc:
        remedy = "Let the proxy pass on Host (or X-Forwarded-Host), or set PUBLIC_URL."
        yield failure(f"the gateway takes {base} for its address, not {gateway}", remedy)
    elif urlsplit(base).path != parts.path:
        remedy = "Let the proxy set X-Forwarded-Prefix to what it cuts off, or set PUBLIC_URL."
        yield failure(f"the gateway takes {base} for its address, not {gateway}", remedy)


async def _http(gateway: str, answer: Answer) -> list[Finding]:
    if answer.version == HTTP_1_0:
        remedy = "Let it speak HTTP/1.1 to both sides (nginx: proxy_http_version 1.1)."
        return [failure("a proxy answers with HTTP/1.0", remedy)]
    if not gateway.startswith("https://"):
        return []  # browsers speak HTTP/1.1 then
    if await asyncio.to_thread(_speaks_http_2, gateway):
        return [ok("browsers get HTTP/2")]
    remedy = "Turn HTTP/2 on: with HTTP/1.1 a browser opens six connections to a host in all tabs."
    return [warning("browsers get HTTP/1.1 alone", remedy)]


def _speaks_http_2(gateway: str) -> bool:
    parts = urlsplit(gateway)
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    address = (parts.hostname or "", parts.port or 443)
    with (
        socket.create_connection(address, _CONNECT) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as secure,
    ):
        return secure.selected_alpn_protocol() == "h2"


PROXY = Probe(Kind.GATEWAY, look_at_proxy)
TIMEOUTS = Probe(Kind.GATEWAY, look_at_timeouts, timedelta(seconds=_SILENCE + 10))
