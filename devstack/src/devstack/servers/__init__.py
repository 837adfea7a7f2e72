"""Valkey and Postgres for tests and for `make up`: no installation, no container, no network."""

from devstack.servers.ephemeral import ephemeral
from devstack.servers.postgres import EmbeddedPostgres
from devstack.servers.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "ephemeral"]
