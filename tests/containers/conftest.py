"""The images, built once, and the compose file running for the tests that ask."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.deployment import OURS, Deployment, copy_checkout
from tests.containers.engine import VARIABLE, Engine
from tests.support.waiting import free_port

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
AWKWARD = "p@ss/w#rd%41:&?"
"""A password of characters that mean something in a URL."""
_SETTINGS = {
    "WEATHER": "sample",
    "AUTH": "dev",
    "DEV_AUTH_BEYOND_LOOPBACK": "true",
    "CORS_ORIGINS": "https://page.example",
}

SEEN = pytest.StashKey[list[str]]()
"""Lines for the end of the run: figures that tests saw."""


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Part of pytest: say the figures."""
    for line in config.stash.get(SEEN, []):
        terminalreporter.write_line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Part of pytest: these tests have an engine or are left out, and building takes a while."""
    ours = [each for each in items if each.path.is_relative_to(HERE)]
    for each in ours:
        each.add_marker(pytest.mark.timeout(900))
        if Engine.given() is None:
            each.add_marker(pytest.mark.skip(reason=f"{VARIABLE} names no engine: make containers"))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The one that `make containers` found or made."""
    given = Engine.given()
    assert given is not None
    return given


@pytest.fixture(scope="session")
def checkout(engine: Engine) -> str:
    """This repository, in a folder of the engine's, with settings of a deployment."""
    target = engine.place / "checkout"
    copy_checkout(ROOT, target)
    made = subprocess.run(
        ["sh", "deploy/secrets.sh"], cwd=target, check=True, capture_output=True, text=True
    ).stdout
    secrets = re.sub(r"(\w+_PASSWORD|REDIS_PASSWORD_\w+)=.*", rf"\1='{AWKWARD}'", made)
    settings = "".join(f"{name}={value}\n" for name, value in _SETTINGS.items())
    (target / ".env").write_text(secrets + settings)
    return "checkout"


@pytest.fixture(scope="session")
def images(engine: Engine, checkout: str) -> dict[str, str]:
    """Service -> its image, as `docker compose build` makes it."""
    engine.docker("compose", "--progress", "plain", "build", inside=checkout)
    return {name: f"turnstream/{name}" for name in OURS}


@pytest.fixture(scope="session")
def deployment(engine: Engine, checkout: str, images: dict[str, str]) -> Iterator[Deployment]:
    """Everything, with the two workers of the compose file."""
    port = free_port()
    with (engine.place / checkout / ".env").open("a") as settings:
        settings.write(f"PORT={port}\n")
    deployed = Deployment(engine, checkout, "turnstream-test", port)
    try:
        deployed.up()
        yield deployed
    finally:
        deployed.compose("down", "--volumes", check=False)
