"""A server for the length of a block.

with ephemeral(EmbeddedValkey) as valkey:
    valkey.url
    valkey.kill()
    valkey.start()      # same port, same data
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from turnstream_devstack.processes.leftovers import remove_scratch, scratch_dir
from turnstream_devstack.servers.embedded import EmbeddedServer

S = TypeVar("S", bound=EmbeddedServer)


@contextmanager
def ephemeral(kind: type[S]) -> Iterator[S]:
    """A server of this kind, fast and empty; gone with its data at the end of the block."""
    scratch = scratch_dir()
    server = kind(scratch / kind.program, log=scratch / f"{kind.program}.log")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        remove_scratch(scratch)
