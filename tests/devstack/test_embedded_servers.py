"""The embedded servers keep their promises through stops, crashes and freezes."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from devstack.processes.waiting import wait_until
from devstack.servers import (
    EmbeddedPostgres,
    EmbeddedValkey,
    ephemeral,
)
from redis import Redis

SOON = timedelta(seconds=10)


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """A Valkey of this file."""
    with ephemeral(EmbeddedValkey) as server:
        yield server


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A Postgres of this file."""
    with ephemeral(EmbeddedPostgres) as server:
        yield server


def query(url: str, sql: str) -> object:
    """Run one statement on a connection of its own."""

    async def run() -> object:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(run())


def test_valkey_keeps_port_and_data_when_it_is_killed(valkey: EmbeddedValkey) -> None:
    """A crash loses nothing that was answered, and clients find the server where it was."""
    Redis.from_url(valkey.url).set("k", "v")
    before = valkey.url
    valkey.kill()
    assert not valkey.alive
    assert valkey.start() == before
    assert Redis.from_url(valkey.url).get("k") == b"v"


def test_valkey_can_come_back_empty(valkey: EmbeddedValkey) -> None:
    """A restart with `wipe` is a Redis that lost its memory."""
    Redis.from_url(valkey.url).set("k", "v")
    valkey.restart(wipe=True)
    assert Redis.from_url(valkey.url).dbsize() == 0


def test_a_paused_valkey_is_silent_and_comes_back(valkey: EmbeddedValkey) -> None:
    """A frozen server accepts connections and answers nothing until it is resumed."""
    valkey.pause()
    assert valkey.alive
    assert not valkey.is_ready()
    valkey.resume()
    assert wait_until(valkey.is_ready, SOON)


def test_valkey_never_evicts(valkey: EmbeddedValkey) -> None:
    """Jobs and logs must not vanish silently when memory is short."""
    assert Redis.from_url(valkey.url).config_get("maxmemory-policy") == {
        "maxmemory-policy": "noeviction"
    }


def test_postgres_keeps_what_it_committed_when_it_is_killed(postgres: EmbeddedPostgres) -> None:
    """Postgres is the truth: a commit survives a crash of the server, also in tests."""
    query(postgres.url, "CREATE TABLE kept AS SELECT 42 AS n")
    before = postgres.url
    postgres.kill()
    assert postgres.start() == before
    assert query(postgres.url, "SELECT n FROM kept") == 42


def test_postgres_can_come_back_empty(postgres: EmbeddedPostgres) -> None:
    """A restart with `wipe` is a new cluster at the old address."""
    query(postgres.url, "CREATE TABLE gone AS SELECT 1")
    postgres.restart(wipe=True)
    assert query(postgres.url, "SELECT to_regclass('gone')::text") is None


def test_postgres_asks_for_its_password(postgres: EmbeddedPostgres) -> None:
    """A loopback port is open to every user of the machine, so knowing it is not enough."""
    password = postgres.url.split(":")[2].split("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        query(postgres.url.replace(password, "guess"), "SELECT 1")
    assert (postgres.data_dir / "password").stat().st_mode & 0o077 == 0


def test_postgres_takes_many_connections(postgres: EmbeddedPostgres) -> None:
    """Several services with pools of their own fit."""
    assert query(postgres.url, "SHOW max_connections") == "300"


def test_a_durable_postgres_is_really_durable(tmp_path: Path) -> None:
    """Without the shortcuts of tests, and below a directory that is closed to other users."""
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(tmp_path / "postgres", durable=True)
    try:
        url = server.start()
        assert query(url, "SHOW fsync") == "on"
        assert query(url, "SHOW full_page_writes") == "on"
        assert tmp_path.stat().st_mode & 0o077 == 0
    finally:
        server.stop()


def test_a_start_stops_the_server_that_a_killed_run_left(tmp_path: Path) -> None:
    """Two servers in one data directory would destroy it; the older one has to go."""
    orphan = EmbeddedPostgres(tmp_path / "postgres")
    orphan.start()
    heir = EmbeddedPostgres(tmp_path / "postgres")
    try:
        query(heir.start(), "SELECT 1")
        assert not orphan.alive
    finally:
        heir.stop()


def test_throw_away_servers_leave_nothing() -> None:
    """After the block there is no process, no port and no file."""
    with ephemeral(EmbeddedValkey) as valkey:
        port, home = valkey.port, valkey.data_dir.parent
        assert home.exists()
    assert not home.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
