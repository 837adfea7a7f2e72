"""What it costs to prove who one is: gateways of one system, by turns, each with another `AUTH`."""

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path

from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from bench.gateways import Costs, GatewayUnderTest, alternate
from bench.load import load_generator, user
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.subjects import http_model, turnstream
from tests.support.identity.credentials import Credentials, SessionUsers, TokenUsers, server_key
from tests.support.identity.issuer import PlayedIssuer, played_issuer
from tests.support.system.gateways import gateway_beside

_LATER = 0.0001
"""Seconds by which a first event may come later because somebody proved who they are."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """The first event and the gateway's CPU of a turn, warm, for one client."""
    with ExitStack() as stack:
        load = stack.enter_context(load_generator())
        issuer = stack.enter_context(played_issuer())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = stack.enter_context(http_model(directory / "model"))
        subject = stack.enter_context(turnstream(directory / "ours", settings, plan.workers))
        assert subject.stack is not None
        door = {"AUTH": "jwt,sessions", **issuer.settings}
        strict = stack.enter_context(gateway_beside(subject.stack, door))
        plain = stack.enter_context(gateway_beside(subject.stack, {"AUTH": "dev"}))
        ways = _ways(subject.stack, plain, strict, issuer)
        found = alternate("door", load, ways, plan, tell)
    return [_section(found)]


def _ways(
    stack: Stack, plain: Service, strict: Service, issuer: PlayedIssuer
) -> list[GatewayUnderTest]:
    key = server_key(stack.service("store-1").url, stack.internal_key, "sessions:write")
    return [
        GatewayUnderTest("dev", plain.port, {"gateway": plain.pid}),
        GatewayUnderTest(
            "jwt", strict.port, {"gateway": strict.pid}, (_token(TokenUsers(issuer)),)
        ),
        GatewayUnderTest(
            "sessions",
            strict.port,
            {"gateway": strict.pid},
            (_token(SessionUsers(strict.url, key)),),
        ),
    ]


def _token(credentials: Credentials) -> str:
    headers = asyncio.run(credentials.headers(user(0)))
    return headers["Authorization"].removeprefix("Bearer ")


def _section(found: dict[str, Costs]) -> Section:
    dev = found.pop("dev")
    rows = []
    for name, figures in found.items():
        rows += [
            Row(f"first event, AUTH={name}", figures.first_event, "ms", dev.first_event),
            Row(f"CPU of the gateway, AUTH={name}", figures.cpu, "ms", dev.cpu),
        ]
    later = max(0.0, found["jwt"].first_event - dev.first_event)
    rows.append(Row("first event later, AUTH=jwt", later, "ms", aim=at_most(_LATER)))
    notes = [
        "all gateways belong to one system; a token or secret is verified once, then remembered",
        "requests of a session are counted too, by one call to Redis",
    ]
    return Section("who asks (AUTH)", ("AUTH=dev", "verified"), rows, notes, {"dev": vars(dev)})
