"""Ports of gateways on this machine: free, or a gateway's already."""

import asyncio
import json
import socket
from collections.abc import Sequence

from turnstream.doctor.environment import setting
from turnstream.doctor.findings import Finding, failure, ok
from turnstream.doctor.http_request import FAILURES, Request, ask
from turnstream.doctor.probe import Kind, Probe, Target

_FIRST, _SECOND = 8000, 1.0
"""The default of PORT; seconds that a listener may take to say what it is."""
_MOST = 64
"""Gateways beside each other that are looked at."""


async def look(_target: Target) -> Sequence[Finding]:
    """A finding for each port of `PORT` and the gateways behind it."""
    first, count = setting("PORT") or str(_FIRST), setting("GATEWAYS") or "1"
    if not (first.isdigit() and count.isdigit()):
        return []  # the settings' probe says so
    ports = range(int(first), int(first) + min(int(count), _MOST))
    return await asyncio.gather(*(_port(each) for each in ports))


async def _port(port: int) -> Finding:
    if _is_free(port):
        return ok(f"port {port} is free")
    if await _is_a_gateway(port):
        return ok(f"port {port} is a gateway's")
    return failure(
        f"port {port} is used by another program",
        "Set PORT to another one, or stop that program (`ss -ltnp` names it).",
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def _is_a_gateway(port: int) -> bool:
    try:
        answer = await ask(Request(f"http://127.0.0.1:{port}/ready", silence=_SECOND))
        return set(json.loads(answer.body)) >= {"store", "redis"}
    except (*FAILURES, ValueError, TypeError):
        return False


PROBE = Probe(Kind.HERE, look)
