"""Valkey and Postgres for tests and for `make up`: no installation, no container, no network."""

from turnstream_devstack.servers.ephemeral import ephemeral
from turnstream_devstack.servers.postgres import EmbeddedPostgres
from turnstream_devstack.servers.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "ephemeral"]
