"""A stack of fake services: the supervisor's own behaviour, without waiting for the real ones."""

from collections.abc import Iterator

import pytest
from devstack.stack import Stack

from tests.devstack.fakes import FAKES


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack, shared by the tests of a file: each leaves it as it found it."""
    data_dir = tmp_path_factory.mktemp("stack")
    with Stack(data_dir, specs=FAKES, migration=None, env={"FLAVOUR": "plain"}) as running:
        yield running
