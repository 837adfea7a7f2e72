"""Valkey and Postgres for tests and for `make up`: no installation, no container, no network.

with ephemeral() as servers:
    servers.redis_url, servers.database_url
    servers.valkey.kill()
    servers.valkey.start()      # same port, same data
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from devstack.leftovers import remove_scratch, scratch_dir
from devstack.postgres import EmbeddedPostgres
from devstack.valkey import EmbeddedValkey

__all__ = [
    "EmbeddedPostgres",
    "EmbeddedValkey",
    "Servers",
    "ephemeral",
    "ephemeral_postgres",
    "ephemeral_valkey",
]


@dataclass(frozen=True)
class Servers:
    """One of each, running."""

    valkey: EmbeddedValkey
    postgres: EmbeddedPostgres

    @property
    def redis_url(self) -> str:
        """`redis://…`."""
        return self.valkey.url

    @property
    def database_url(self) -> str:
        """`postgresql+asyncpg://…`."""
        return self.postgres.url


@contextmanager
def ephemeral() -> Iterator[Servers]:
    """Both servers, fast and empty; gone with their data at the end of the block."""
    with ephemeral_valkey() as valkey, ephemeral_postgres() as postgres:
        yield Servers(valkey, postgres)


@contextmanager
def ephemeral_valkey() -> Iterator[EmbeddedValkey]:
    """A Valkey for the length of a block."""
    scratch = scratch_dir()
    valkey = EmbeddedValkey(scratch / "valkey", log=scratch / "valkey.log")
    try:
        valkey.start()
        yield valkey
    finally:
        valkey.stop()
        remove_scratch(scratch)


@contextmanager
def ephemeral_postgres() -> Iterator[EmbeddedPostgres]:
    """A Postgres for the length of a block."""
    scratch = scratch_dir()
    postgres = EmbeddedPostgres(scratch / "postgres", log=scratch / "postgres.log")
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop()
        remove_scratch(scratch)
