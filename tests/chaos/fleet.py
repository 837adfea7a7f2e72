"""Two of every service, and how a deploy gives them another release, one after the other."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

from turnstream_devstack.processes.ports import free_port
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.chaos.versions import Release
from tests.support.network.balancer import balanced

ORDER = ("store", "tools", "agent-worker", "gateway")
"""From the database to the browser. A deploy goes one way, and a rollback the other."""


@contextlib.contextmanager
def replicated(stack: Stack) -> Iterator[Stack]:
    """Start a stack with two stores behind a balancer, and two tools services."""
    ports = [stack._store_port, free_port()]
    with balanced(ports) as port:
        stack._store_url = f"http://127.0.0.1:{port}"
        with stack:
            _add(stack, "store", ports[1])
            _add(stack, "tools", free_port())
            yield stack


def _add(stack: Stack, kind: str, port: int) -> None:
    first = stack.service(f"{kind}-1")
    second = Service(first.spec, 2, port, first._env, stack.files)
    second.start()
    stack.services[second.name] = second


def in_order(stack: Stack, kinds: Sequence[str]) -> list[Service]:
    """Every service, kind by kind."""
    services = list(stack.services.values())
    return [each for kind in kinds for each in services if each.spec.name == kind]


def give(service: Service, release: Release) -> None:
    """The release that a service has from its next start on."""
    rest = os.environ.get("PYTHONPATH", "")
    service._env = {**service._env, "PYTHONPATH": release.before(rest)}


def migrate(stack: Stack, release: Release, *arguments: str) -> tuple[int, str]:
    """Run `turnstream migrate` of a release: its exit status, and what it printed."""
    env: Mapping[str, str] = stack._environment("store").for_store()
    path = release.before(os.environ.get("PYTHONPATH", ""))
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "turnstream.cli", "migrate", *arguments],
        env={**env, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout
