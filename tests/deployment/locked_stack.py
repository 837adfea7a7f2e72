"""A stack whose Redis and Postgres are as closed as those of a deployment should be."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template
from urllib.parse import urlencode

import asyncpg
from turnstream_devstack.environment import ServiceEnvironment
from turnstream_devstack.servers import EmbeddedPostgres, EmbeddedValkey, ephemeral
from turnstream_devstack.stack import Stack

from checks.redis_users import FILE
from tests.support.network.tls import Authority, tls_before

ROOT = Path(__file__).parents[2]
DATABASE = "turnstream"
_PREPARATION = f"""
    CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'of-the-owner';
    CREATE ROLE store LOGIN PASSWORD 'of-the-store';
    CREATE DATABASE {DATABASE} OWNER owner;
    REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;
    GRANT CONNECT ON DATABASE {DATABASE} TO store
"""
"""What an administrator does once."""


class DeliveredUsers(EmbeddedValkey):
    """A Valkey with the file of ACL users that is delivered, its passwords filled in."""

    def _access(self) -> str:
        names = {service: service.upper().replace("-", "_") for service in self._passwords}
        filled_in = {f"REDIS_PASSWORD_{names[each]}": self._passwords[each] for each in names}
        return Template((ROOT / FILE).read_text()).substitute(filled_in)


@dataclass
class LockedStack(Stack):
    """Services that reach Redis and Postgres by TLS alone, each as a user of its own."""

    authority: Authority | None = None
    postgres_port: int = 0
    redis_port: int = field(default=0, init=False)
    store_front: int = field(default=0, init=False)
    """The port where TLS ends in front of the store, as a sidecar would."""

    @property
    def store_port(self) -> int:
        """The store's own."""
        return self._store_port

    def database_url_of(self, user: str) -> str:
        """The database for a user, by TLS; the server's certificate and its name are checked."""
        assert self.authority is not None
        checked = urlencode({"sslmode": "verify-full", "sslrootcert": self.authority.ca_file})
        where = f"127.0.0.1:{self.postgres_port}/{DATABASE}"
        return f"postgresql+asyncpg://{user}:of-the-{user}@{where}?{checked}"

    def redis_url_of(self, service: str) -> str:
        """Redis for a service, by TLS."""
        assert self.authority is not None
        assert self.valkey is not None
        plain = self.valkey.url_for(service)
        there = plain.replace(f":{self.valkey.port}/", f":{self.redis_port}/")
        return f"{there.replace('redis:', 'rediss:')}?ssl_ca_certs={self.authority.ca_file}"

    def _own_valkey(self) -> EmbeddedValkey:
        return DeliveredUsers(self.data_dir / "valkey", log=self.files.log("valkey"))

    def _environment(self, service: str = "", stand_in: str = "") -> ServiceEnvironment:
        around = super()._environment(service, stand_in)
        store_url = f"https://127.0.0.1:{self.store_front}"
        return replace(around, redis_url=self.redis_url_of(service), store_url=store_url)


@contextlib.contextmanager
def locked_stack(directory: Path, **settings: str) -> Iterator[LockedStack]:
    """A running one, with one worker."""
    authority = Authority(directory)
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(ephemeral(EmbeddedPostgres))
        asyncio.run(_prepare(postgres.url))
        locked = LockedStack(
            directory / "data",
            workers=1,
            env=settings,
            database_url="postgresql://",  # none of its own; the address follows
            authority=authority,
            postgres_port=stack.enter_context(tls_before(postgres.port, authority, postgres=True)),
        )
        assert locked.valkey is not None
        locked.redis_port = stack.enter_context(tls_before(locked.valkey.port, authority))
        locked.store_front = stack.enter_context(tls_before(locked.store_port, authority))
        locked.database_url = locked.database_url_of("store")
        locked.env = {
            **settings,
            "MIGRATION_DATABASE_URL": locked.database_url_of("owner"),
            "SSL_CERT_FILE": str(authority.ca_file),  # for https://, the store's here
        }
        yield stack.enter_context(locked)


async def _prepare(administrators_url: str) -> None:
    connection = await asyncpg.connect(administrators_url.replace("+asyncpg", ""))
    try:
        for statement in _PREPARATION.split(";"):
            await connection.execute(statement)
    finally:
        await connection.close()
