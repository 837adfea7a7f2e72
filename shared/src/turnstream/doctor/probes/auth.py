"""Who may come in: a user with a credential, and nobody without one."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from turnstream.doctor.findings import Finding, failure, ok, skipped, warning
from turnstream.doctor.http_request import FAILURES, Answer, unreachable
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.doctor.probes.services import NO_GATEWAY
from turnstream.doctor.probes.through_gateway import REFUSED, chatkit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_STRANGER = {"X-User-Id": "turnstream-doctor"}
"""A name that anybody can claim: `AUTH=dev` believes it."""


async def look(target: Target) -> Sequence[Finding]:
    """Whether a claimed name is believed, and whether the given bearer is."""
    if not target.gateway:
        return [skipped(NO_GATEWAY)]
    try:
        claimed = await _list(target, _STRANGER)
        if not target.bearer:
            return [_of_stranger(target, claimed)]
        return [_of_stranger(target, claimed), _of_bearer(await _list(target, target.credentials))]
    except FAILURES as error:
        return [unreachable("POST /chatkit", error, "See the probe gateway.")]


async def _list(target: Target, credentials: Mapping[str, str]) -> Answer:
    return await chatkit(target, "threads.list", {"limit": 1}, credentials)


def _of_stranger(target: Target, answer: Answer) -> Finding:
    if answer.status == 401:
        return ok("a request without a credential is refused")
    if answer.status != 200:
        return _odd(answer)
    if urlsplit(target.gateway).hostname in _LOOPBACK:
        return ok("anyone who reaches the gateway is whom they say (AUTH=dev, on this machine)")
    return failure(
        "anyone who reaches the gateway is whom they say they are (AUTH=dev)",
        "Set AUTH to jwt, sessions, keys or proxy: docs/guides/authentication.md.",
    )


def _of_bearer(answer: Answer) -> Finding:
    if answer.status == 200:
        return ok("the gateway takes the bearer, which is a user's")
    if answer.status in REFUSED:
        remedy = "Take a new one; see AUTH, JWT_ISSUER and JWT_AUDIENCE, and the scope chat."
        return failure(f"the gateway refuses the bearer: {_detail(answer)}", remedy)
    return _odd(answer)


def _odd(answer: Answer) -> Finding:
    if answer.status == 421:
        remedy = "Name the host in ALLOWED_HOSTS, or set PUBLIC_URL."
        return failure("the gateway does not answer to this host", remedy)
    if answer.status in (404, 405):
        remedy = "Let the proxy in front pass on every path and method to the gateway."
        return failure(f"POST /chatkit does not reach a gateway: {answer.said}", remedy)
    return warning(f"POST /chatkit says {_detail(answer)}", "See the gateway's log.")


def _detail(answer: Answer) -> str:
    """The words of a problem document, else the beginning of what was said."""
    try:
        problem = json.loads(answer.body)
        return f"{answer.status} {problem['code']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return answer.said


PROBE = Probe(Kind.GATEWAY, look)
