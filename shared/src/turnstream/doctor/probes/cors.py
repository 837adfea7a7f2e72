"""Whether a page of another origin may call the gateway: the questions that a browser asks."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from turnstream.doctor.findings import Finding, Status, failure, ok, skipped, warning
from turnstream.doctor.http_request import FAILURES, Answer, Request, ask, unreachable
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.doctor.probes.services import NO_GATEWAY

_HEADERS = ("authorization", "content-type", "idempotency-key", "turnstream-client")
"""What a chat page sends beside what every page may."""
_ALLOWED, _EXPOSED = "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"


async def look(target: Target) -> Sequence[Finding]:
    """The preflight of `POST /chatkit`, then an answer itself."""
    if not target.gateway:
        return [skipped(NO_GATEWAY)]
    if not target.origin:
        return [skipped("needs --origin: the origin of the pages that call the gateway")]
    parts = urlsplit(target.origin)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or target.origin != origin:
        remedy = "An origin is a scheme, a host and perhaps a port, with nothing after it."
        return [failure(f"{target.origin} is no origin", remedy)]
    if target.gateway.startswith(f"{origin}/") or target.gateway == origin:
        return [ok(f"{origin} is the gateway's own origin: its pages need no permission")]
    try:
        return list(_findings(origin, await _preflight(target, origin), await _get(target, origin)))
    except FAILURES as error:
        return [unreachable("the gateway", error, "See the probe gateway.")]


async def _preflight(target: Target, origin: str) -> Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(_HEADERS),
    }
    return await ask(Request(f"{target.gateway}/chatkit", "OPTIONS", headers))


async def _get(target: Target, origin: str) -> Answer:
    return await ask(Request(f"{target.gateway}/health", headers={"Origin": origin}))


def _findings(origin: str, preflight: Answer, answer: Answer) -> Iterator[Finding]:
    yield _permission(origin, preflight, "the preflight of POST /chatkit")
    granted = _permission(origin, answer, "an answer")
    yield granted
    if granted.status is Status.OK and "turn-id" not in _words(answer, _EXPOSED):
        remedy = f"Let the proxy pass on the gateway's {_EXPOSED}."
        yield warning("pages can't read the header Turn-Id", remedy)


def _permission(origin: str, answer: Answer, what: str) -> Finding:
    granted = answer.headers.get_all(_ALLOWED) or []
    if len(granted) > 1:
        remedy = "The proxy and the gateway both answer: let one of them, the gateway."
        return failure(f"{what} has {_ALLOWED} {len(granted)} times; browsers refuse that", remedy)
    if not granted or granted[0] not in (origin, "*"):
        answer_says = f"says {granted[0]}" if granted else "says nothing of it"
        remedy = f"Add {origin} to CORS_ORIGINS, and let the proxy pass on OPTIONS."
        return failure(f"{what} does not let pages of {origin} in: it {answer_says}", remedy)
    if "Access-Control-Allow-Methods" in answer.headers and (missing := _missing(answer)):
        remedy = "Let the gateway answer instead of the proxy: it allows every header."
        return failure(f"{what} does not allow {', '.join(missing)}", remedy)
    return ok(f"{what} lets pages of {origin} in")


def _missing(preflight: Answer) -> list[str]:
    """What a preflight was asked for and does not allow."""
    methods = _words(preflight, "Access-Control-Allow-Methods")
    headers = _words(preflight, "Access-Control-Allow-Headers")
    missing = [] if {"post", "*"} & methods else ["POST"]
    # A star does not stand for Authorization, as browsers have it.
    star = {"*"} if "*" in headers else set()
    return missing + [
        each for each in _HEADERS if each not in headers and not (star and each != _HEADERS[0])
    ]


def _words(answer: Answer, name: str) -> set[str]:
    values = answer.headers.get_all(name) or []
    return {word.strip().lower() for each in values for word in each.split(",")}


PROBE = Probe(Kind.GATEWAY, look)
