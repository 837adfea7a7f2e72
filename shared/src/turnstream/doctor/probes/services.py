"""The store and the gateway behind their addresses: alive, ready, of our version."""

import json
from collections.abc import Iterator, Mapping, Sequence

from turnstream.doctor.findings import Finding, failure, ok, skipped, warning
from turnstream.doctor.http_request import FAILURES, Request, ask, unreachable
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.errors import Unauthorized
from turnstream.secrets.internal_key import HEADER
from turnstream.secrets.issued import KEY_PREFIX
from turnstream.secrets.redaction import without_secrets
from turnstream.settings import Settings
from turnstream.version import VERSION

NO_GATEWAY = "needs --gateway: the address under which browsers find it"


async def look_at_store(target: Target) -> Sequence[Finding]:
    """Whether the store answers, can do its work, and knows our key."""
    url = target.store_url or Settings().store_url
    shown = f"the store at {without_secrets(url)}"
    try:
        found = list(await _ready(url, shown, {"row_security"}))
        if target.key:
            found.append(await _key(url, target.key))
    except FAILURES as error:
        return [unreachable(shown, error, "Start it, or set STORE_URL to where it is.")]
    return found


async def look_at_gateway(target: Target) -> Sequence[Finding]:
    """Whether the gateway answers under its address, can do its work, and is of our version."""
    if not target.gateway:
        return [skipped(NO_GATEWAY)]
    shown = f"the gateway at {target.gateway}"
    try:
        found = list(await _ready(target.gateway, shown, set()))
        return [*found, *await _version(target.gateway)]
    except FAILURES as error:
        remedy = "Start it, or let the proxy in front lead there; see its name in DNS and its port."
        return [unreachable(shown, error, remedy)]


async def _ready(url: str, shown: str, facts: set[str]) -> Iterator[Finding]:
    answer = await ask(Request(f"{url}/ready"))
    try:
        checks = json.loads(answer.body)
    except ValueError:
        checks = None
    if not isinstance(checks, Mapping) or not checks:
        remedy = "See what listens there: the address may be another service's, or a proxy's."
        return iter([failure(f"{shown} is none: GET /ready says {answer.said}", remedy)])
    if checks.get("draining"):
        return iter([failure(f"{shown} is being stopped", "Start it again, or ask another.")])
    away = [name for name, works in checks.items() if not works and name not in facts]
    if away == ["schema"]:
        message = f"{shown} is not ready: its database is not that of its release"
        return iter([failure(message, "See what `turnstream migrate --check` says.")])
    if "postgres" in away:
        away = [name for name in away if name != "schema"]  # which nobody knows then
    if away:
        remedy = f"See the probes of {', '.join(away)}, and the service's log."
        return iter([failure(f"{shown} is not ready: {', '.join(away)} does not answer", remedy)])
    return _facts(shown, checks)


def _facts(shown: str, checks: Mapping[str, bool]) -> Iterator[Finding]:
    yield ok(f"{shown} is ready ({', '.join(checks)})")
    if checks.get("row_security") is False:
        yield warning(
            "the store runs without row-level security: queries alone keep tenants apart",
            "See the probe postgres, and ROW_SECURITY.",
        )


async def _key(url: str, key: str) -> Finding:
    """A call that reads nothing of anybody's, with the key."""
    shows = {"Authorization": f"Bearer {key}"} if key.startswith(KEY_PREFIX) else {HEADER: key}
    answer = await ask(Request(f"{url}/openapi.json", headers=shows))
    if answer.status == Unauthorized.status:
        remedy = "Give the store's INTERNAL_KEY, or a server key with the scope operator, as --key."
        return failure("the store refuses the key", remedy)
    return ok("the store takes the key")


async def _version(url: str) -> list[Finding]:
    answer = await ask(Request(f"{url}/openapi.json"))
    try:
        theirs = str(json.loads(answer.body)["info"]["version"])
    except (ValueError, KeyError, TypeError):
        return []  # a proxy may keep the document back
    if theirs != VERSION:
        remedy = "Gateways, workers, tools services and stores of one release go together."
        return [warning(f"the gateway is of version {theirs}, this is {VERSION}", remedy)]
    return [ok(f"the gateway is of version {theirs}, as this is")]


STORE = Probe(Kind.SERVERS, look_at_store)
GATEWAY = Probe(Kind.GATEWAY, look_at_gateway)
