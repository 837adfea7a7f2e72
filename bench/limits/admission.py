"""What it costs a turn to be counted: one gateway with its limits, and one without."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from turnstream_devstack.services import Service

from bench.gateways import Costs, GatewayUnderTest, alternate
from bench.load import load_generator
from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.subjects import Subject, http_model, turnstream
from tests.support.system.gateways import gateway_beside

_LATER = 0.0003
"""Seconds by which a first event may come later because its turn was admitted."""
_SHARE = 0.03
"""The share of a turn's CPU that admission may take."""
_TURN = 0.037
"""Seconds of CPU that a turn costs all processes together (docs/performance.md)."""
_ROUNDS = 3
"""Rounds for each of the plan's: what is compared differs by less than rounds do."""
_RATES = ("RATE_TURNS", "RATE_UPLOADS", "RATE_CALLS", "RATE_READS", "RATE_TENANT")
_OPEN = {**dict.fromkeys(_RATES, "off"), "MAX_QUEUE_AGE": "0"}
_BOUNDED = {**dict.fromkeys(_RATES, "600000/1m"), "MAX_QUEUE_AGE": "60s"}
"""All limits are counted, the tenant's too, and nobody is refused."""


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """The first event, and the CPU of a gateway and of Redis, which count together."""
    with ExitStack() as stack:
        load = stack.enter_context(load_generator())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = stack.enter_context(http_model(directory / "model"))
        subject = stack.enter_context(turnstream(directory / "ours", settings, plan.workers))
        system = subject.stack
        assert system is not None

        def way(name: str, env: dict[str, str]) -> GatewayUnderTest:
            gateway = stack.enter_context(gateway_beside(system, {"AUTH": "dev", **env}))
            return GatewayUnderTest(name, gateway.port, _counting(subject, gateway))

        ways = [way("open", _OPEN), way("bounded", _BOUNDED)]
        plan = plan if plan.quick else plan.longer(_ROUNDS)
        found = alternate("admission", load, ways, plan, tell)
    return [_section(found["open"], found["bounded"])]


def _counting(subject: Subject, gateway: Service) -> dict[str, int]:
    redis = {name: pid for name, pid in subject.pids.items() if name.startswith("valkey")}
    return {**redis, gateway.name: gateway.pid}


def _section(without: Costs, bounded: Costs) -> Section:
    later = max(0.0, bounded.first_event - without.first_event)
    more = max(0.0, bounded.cpu - without.cpu)
    rows = [
        Row("first event", bounded.first_event, "ms", without.first_event),
        Row("later", later, "ms", aim=at_most(_LATER)),
        Row("CPU of gateway and Redis", bounded.cpu, "ms", without.cpu),
        Row("more", more, "ms", aim=at_most(_SHARE * _TURN)),
    ]
    notes = [
        "counted: the rates of a user and of a tenant, and the age of the queue",
        f"the aim of the CPU is {_SHARE:.0%} of what a whole turn costs",
    ]
    details = {"open": vars(without), "bounded": vars(bounded)}
    return Section("admission", ("no limits", "all limits"), rows, notes, details)
