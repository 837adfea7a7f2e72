"""What it costs to prove who one is: gateways of one system, by turns, each with another `AUTH`."""

import asyncio
import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from bench.load import Load, Round, load_generator, user
from bench.model_server import told
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.subjects import Subject, http_model, turnstream
from tests.support.credentials import Credentials, SessionUsers, TokenUsers, server_key
from tests.support.gateways import gateway_beside
from tests.support.issuer import PlayedIssuer, played_issuer

_WORDS = 100
_WARM_UP = 10
_LATER = 0.0001
"""Seconds by which a first event may come later because somebody proved who they are."""


@dataclass(frozen=True)
class _Way:
    """One way to be known, and the gateway that asks for it."""

    name: str
    port: int
    pid: int
    tokens: tuple[str, ...] = ()


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
        found = _alternate(load, ways, plan, tell)
    return [_section(found)]


def _ways(stack: Stack, plain: Service, strict: Service, issuer: PlayedIssuer) -> list[_Way]:
    key = server_key(stack.service("store-1").url, stack.internal_key, "sessions:write")
    return [
        _Way("dev", plain.port, plain.pid),
        _Way("jwt", strict.port, strict.pid, (_token(TokenUsers(issuer)),)),
        _Way("sessions", strict.port, strict.pid, (_token(SessionUsers(strict.url, key)),)),
    ]


def _token(credentials: Credentials) -> str:
    headers = asyncio.run(credentials.headers(user(0)))
    return headers["Authorization"].removeprefix("Bearer ")


def _alternate(load: Load, ways: list[_Way], plan: Plan, tell: Tell) -> dict[str, dict[str, float]]:
    for way in ways:
        _round(load, way, _WARM_UP)
    rounds: dict[str, list[tuple[float, float]]] = {way.name: [] for way in ways}
    for number in range(plan.rounds):
        tell(f"door: round {number + 1} of {plan.rounds}")
        for way in ways if number % 2 == 0 else ways[::-1]:
            rounds[way.name].append(_round(load, way, plan.turns))
    return {
        name: {
            "first event": statistics.median(first for first, _ in each),
            "CPU": statistics.median(cpu for _, cpu in each),
        }
        for name, each in rounds.items()
    }


def _round(load: Load, way: _Way, turns: int) -> tuple[float, float]:
    """The median of the first event, and the gateway's CPU per turn."""
    gateway = Subject(way.name, (way.port,), {way.name: way.pid})
    before = gateway.cpu()
    heard = load.run(Round((way.port,), told(_WORDS), 1, turns, tokens=way.tokens))
    cpu = (gateway.cpu() - before) / turns
    return statistics.median(each.first_event for each in heard.timings), cpu


def _section(found: dict[str, dict[str, float]]) -> Section:
    dev = found.pop("dev")
    rows = []
    for name, figures in found.items():
        rows += [
            Row(f"first event, AUTH={name}", figures["first event"], "ms", dev["first event"]),
            Row(f"CPU of the gateway, AUTH={name}", figures["CPU"], "ms", dev["CPU"]),
        ]
    later = max(0.0, found["jwt"]["first event"] - dev["first event"])
    rows.append(Row("first event later, AUTH=jwt", later, "ms", aim=at_most(_LATER)))
    notes = [
        "all gateways belong to one system; a token or secret is verified once, then remembered",
        "requests of a session are counted too, by one call to Redis",
    ]
    return Section("who asks (AUTH)", ("AUTH=dev", "verified"), rows, notes, {"dev": dev})
