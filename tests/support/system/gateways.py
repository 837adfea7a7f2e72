"""One more service of a running system, with settings of its own."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from turnstream_devstack.files import Files
from turnstream_devstack.processes.ports import free_port
from turnstream_devstack.services import TURNSTREAM, Service
from turnstream_devstack.stack import Stack

_NUMBER = 9
"""In its name; no system of ours has so many gateways."""


@contextmanager
def gateway_beside(stack: Stack, settings: Mapping[str, str]) -> Iterator[Service]:
    """A gateway that serves the same threads as the system's own, for the length of the block."""
    with beside(stack, "gateway", settings) as gateway:
        yield gateway


@contextmanager
def beside(stack: Stack, name: str, settings: Mapping[str, str]) -> Iterator[Service]:
    """One more service of a running system, for the length of the block."""
    spec = next(each for each in TURNSTREAM if each.name == name)
    environment = {**stack.service(f"{name}-1")._env, **settings}
    with tempfile.TemporaryDirectory() as directory:
        service = Service(spec, _NUMBER, free_port(), environment, Files(Path(directory)))
        service.start()
        try:
            yield service
        finally:
            service.stop()
