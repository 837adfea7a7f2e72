"""Valkey and Postgres for tests and for `make up`: no installation, no container, no network.

with ephemeral(EmbeddedValkey) as valkey:
    valkey.url
    valkey.kill()
    valkey.start()      # same port, same data
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from devstack.embedded import EmbeddedServer
from devstack.leftovers import remove_scratch, scratch_dir
from devstack.postgres import EmbeddedPostgres
from devstack.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "ephemeral"]

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
