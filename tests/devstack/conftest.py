"""A stack of fake services: the supervisor's own behaviour, without waiting for the real ones."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from devstack.services import ServiceSpec
from devstack.stack import Stack

FAKE = (sys.executable, str(Path(__file__).with_name("fake_service.py")))


@pytest.fixture(scope="session")
def specs() -> Sequence[ServiceSpec]:
    """One of each kind."""
    return (
        ServiceSpec("store", FAKE, "PORT", "store"),
        ServiceSpec("tools", FAKE),
        ServiceSpec("agent-worker", FAKE, role="worker"),
        ServiceSpec("gateway", FAKE, "PORT", "gateway"),
    )


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, specs: Sequence[ServiceSpec]
) -> Iterator[Stack]:
    """A running stack, shared by the tests of a file: each leaves it as it found it."""
    data_dir = tmp_path_factory.mktemp("stack")
    with Stack(data_dir, specs=specs, migration=None, env={"FLAVOUR": "plain"}) as running:
        yield running
