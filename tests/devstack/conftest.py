"""A stack of fake services: the supervisor's own behaviour, without waiting for the real ones."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from turnstream_devstack.stack import Stack

from tests.devstack.fakes import FAKES


@pytest.fixture(scope="module", autouse=True)
def environment_of_an_operator() -> Iterator[None]:
    """Without the key of the other tests: a stack makes one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("INTERNAL_KEY", raising=False)
        yield


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A running stack, shared by the tests of a file: each leaves it as it found it.

    Its directory lies where every user of the machine can walk to, which pytest's do not.
    """
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        earlier = Path(place) / "data" / "blobs"
        earlier.mkdir(parents=True)  # open to all, as earlier versions made it
        (earlier / "file").write_text("a user's")
        data_dir = earlier.parent
        with Stack(data_dir, specs=FAKES, migration=None, env={"FLAVOUR": "plain"}) as running:
            yield running
