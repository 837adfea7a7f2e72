"""Redis and Postgres in containers, for `TEST_SERVERS=containers`. They need a Docker engine.

Tests that stop, freeze or wipe a server start an embedded one of their own in any case; where there
is none, they are left out.

A third container, Ryuk, removes the others when a run is killed. Without access to its image say
`TESTCONTAINERS_RYUK_DISABLED=true`; a run that ends by itself removes its containers either way.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from tests.support.left_open import left_open

REDIS_IMAGE = "valkey/valkey:9-alpine"
"""Unless `TEST_REDIS_IMAGE` names another one; the same as in `docker-compose.yml`."""
POSTGRES_IMAGE = "postgres:18-alpine"
"""Unless `TEST_POSTGRES_IMAGE` names another one; the same as in `docker-compose.yml`."""
_POSTGRES = "postgres -c max_connections=300 -c fsync=off -c full_page_writes=off"
"""As the embedded one: enough connections for several systems, and no waiting for the disk."""


@cache
def missing_engine() -> str | None:
    """Why there is no Docker engine to be reached, in one line; None if there is one."""
    from docker.errors import DockerException
    from testcontainers.core.docker_client import DockerClient

    with left_open():  # Docker's client leaves its socket so where no engine answers
        try:
            client = DockerClient().client
            client.ping()
            client.close()
        except DockerException as failure:
            return f"no Docker engine answers ({' '.join(str(failure).split())})"
    return None


@contextmanager
def redis_container() -> Iterator[str]:
    """The URL of a Redis, or of a Valkey, in a container of its own."""
    from testcontainers.community.redis import RedisContainer

    image = os.environ.get("TEST_REDIS_IMAGE") or REDIS_IMAGE
    with RedisContainer(image) as container:
        host, port = container.get_container_host_ip(), container.get_exposed_port(6379)
        yield f"redis://{host}:{port}/0"


@contextmanager
def postgres_container() -> Iterator[str]:
    """The URL of a Postgres in a container of its own."""
    from testcontainers.community.postgres import PostgresContainer

    image = os.environ.get("TEST_POSTGRES_IMAGE") or POSTGRES_IMAGE
    with PostgresContainer(image).with_command(_POSTGRES) as container:
        yield container.get_connection_url(driver="asyncpg")
