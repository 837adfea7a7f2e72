"""`turnstream doctor` on real servers, each with the fault that it is to find."""

import asyncio
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis import Redis
from turnstream.doctor.findings import Status
from turnstream.doctor.probe import Target
from turnstream.doctor.probes.redis_rights import TRIALS
from turnstream.redis.access import RULES
from turnstream_devstack.servers import EmbeddedValkey, ephemeral
from turnstream_store.app import create_app
from turnstream_store.database.schema.migrate import migrate
from turnstream_store.probe import _difference
from turnstream_store.settings import StoreSettings

from tests.support.network.proxies import Habits, proxy_before
from tests.support.servers.shared import empty_database
from tests.support.system.doctor import bad, findings
from tests.support.system.services import serving
from tests.support.waiting import free_port

KEY = "a-key-of-services-that-run-in-tests"


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """A server that a test may configure as badly as it likes."""
    with ephemeral(EmbeddedValkey) as server, Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "256mb")
        yield server


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, which the environment names."""
    with empty_database(database_url) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield url


@pytest.fixture
async def migrated(database: str) -> str:
    """The same with the tables in it."""
    await asyncio.to_thread(migrate, StoreSettings(database_url=database))
    return database


async def execute(database: str, statement: str) -> None:
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    await connection.execute(statement)
    await connection.close()


# --- Redis ---------------------------------------------------------------------------------------


async def test_a_valkey_as_it_should_be(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is left in it."""
    monkeypatch.setenv("REDIS_URL", valkey.url)
    told = [each.message for each in await findings("redis")]
    assert any(each.startswith("Valkey ") for each in told)
    assert "its user may do what every service needs" in told
    assert [each for each in await bad("redis") if "a command takes" not in each.message] == []
    with Redis.from_url(valkey.url) as client:
        assert client.keys("*") == []


async def test_an_evicting_valkey_without_a_file(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", valkey.url)
    with Redis.from_url(valkey.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru", "appendonly", "no")
        try:
            found = {each.status: each.message for each in await bad("redis")}
        finally:
            client.config_set("maxmemory-policy", "noeviction", "appendonly", "yes")
    assert "it evicts (allkeys-lru" in found[Status.FAILURE]
    assert "append-only file" in found[Status.WARNING]


async def test_a_valkey_without_a_bound_and_a_full_one(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store makes room by maxmemory, so there must be one, and room below it."""
    monkeypatch.setenv("REDIS_URL", valkey.url)
    with Redis.from_url(valkey.url) as client:
        before = client.config_get("maxmemory")["maxmemory"]
        try:
            client.config_set("maxmemory", "0")
            assert any("no maxmemory" in each.message for each in await bad("redis"))
            client.config_set("maxmemory", str(client.info("memory")["used_memory"]))
            assert any(" % of maxmemory " in each.message for each in await bad("redis"))
        finally:
            client.config_set("maxmemory", before)


@pytest.mark.parametrize("service", list(RULES))
async def test_a_service_with_its_own_user(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    """Each is recognized by what it may do, and not taken for another."""
    monkeypatch.setenv("REDIS_URL", valkey.url_for(service))
    told = [each.message for each in await findings("redis")]
    assert f"its user may do what the service {service} needs, not what all do" in told
    may_not = any(each.startswith("eviction and persistence: this user may not") for each in told)
    assert may_not == (service != "store")  # which asks how full it is


async def test_a_user_of_an_earlier_release(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is not let to do is named."""
    with Redis.from_url(valkey.url) as client:
        client.execute_command(
            "ACL", "SETUSER", "old", "on", ">secret", "+@connection", "~ts:jobs", "+xadd"
        )
        port = urlsplit(valkey.url).port
        monkeypatch.setenv("REDIS_URL", f"redis://old:secret@127.0.0.1:{port}/0")
        [found] = [each for each in await bad("redis") if "rights" in each.message]
        client.execute_command("ACL", "DELUSER", "old")
    assert found.status is Status.FAILURE


async def test_a_wrong_password_and_nobody_there(
    valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = urlsplit(valkey.url).port
    monkeypatch.setenv("REDIS_URL", f"redis://:hunter2@127.0.0.1:{port}/0")
    [found] = await bad("redis")
    assert "refuses the password" in found.message
    assert "hunter2" not in found.message
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    [found] = await bad("redis")
    assert "nothing that speaks Redis" in found.message


@pytest.mark.parametrize("service", list(RULES))
def test_every_command_of_a_service_is_tried(service: str) -> None:
    """But subscribing and announcing on channels that others listen to."""
    named = set(re.findall(r"\+([a-z]\S*?)(?=[ )]|$)", " ".join(RULES[service])))
    tried = {command[0].lower() for command in TRIALS[service]}
    tried |= {"|".join(command[:2]).lower() for command in TRIALS[service]}
    assert named - tried <= {"subscribe", "ssubscribe", "publish"}


# --- Postgres ------------------------------------------------------------------------------------


async def test_a_database_as_it_should_be(migrated: str) -> None:
    slow = "a statement takes"
    assert [each for each in await bad("postgres") if slow not in each.message] == []


async def test_a_database_without_migrations(database: str) -> None:
    [found] = [each for each in await bad("postgres") if each.status is Status.FAILURE]
    assert found.message == "the database has no tables of ours"
    assert "migrate" in found.remedy


async def test_a_database_of_another_release(migrated: str) -> None:
    """An older one must be migrated; a newer one is told apart."""
    await execute(migrated, "UPDATE alembic_version SET version_num = '0016'")
    [found] = [each for each in await bad("postgres") if each.status is Status.FAILURE]
    assert "migrations are at 0016, the newest is " in found.message
    await execute(migrated, "UPDATE alembic_version SET version_num = '9999'")
    assert any("this release does not know" in each.message for each in await bad("postgres"))


async def test_too_few_connections_for_the_pools(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_POOL", "1000")
    [found] = [each for each in await bad("postgres") if each.status is Status.FAILURE]
    assert "a store may take 2000" in found.message


async def test_rows_that_postgres_does_not_keep_apart(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROW_SECURITY", "off")
    assert any("row-level security" in each.message for each in await bad("postgres"))


async def test_a_wrong_password_a_wrong_name_and_nobody_there(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in its own words, without the password."""
    right = urlsplit(database)
    monkeypatch.setenv("DATABASE_URL", database.replace(f":{right.password}@", ":hunter2@"))
    [found] = await bad("postgres")
    assert "refuses the user or the password" in found.message
    assert "hunter2" not in found.message
    monkeypatch.setenv("DATABASE_URL", f"{database}_not")
    [found] = await bad("postgres")
    assert "there is no such database" in found.message
    monkeypatch.setenv("DATABASE_URL", f"postgresql+asyncpg://me@127.0.0.1:{free_port()}/x")
    [found] = await bad("postgres")
    assert "nothing answers at" in found.message


def test_clocks_that_are_apart() -> None:
    assert _difference(0.5).status is Status.OK
    assert _difference(-9.0).status is Status.WARNING


# --- The store -----------------------------------------------------------------------------------


async def test_a_store_with_its_key_and_with_another(migrated: str, redis_url: str) -> None:
    app = create_app(StoreSettings(database_url=migrated, redis_url=redis_url))
    async with serving(app) as url:
        assert await bad("store", Target(store_url=url, key=KEY)) == []
        [found] = await bad("store", Target(store_url=url, key="k" * 32))
    assert found.message == "the store refuses the key"


async def test_a_store_without_its_database(redis_url: str) -> None:
    nowhere = f"postgresql+asyncpg://me@127.0.0.1:{free_port()}/x"
    async with serving(create_app(StoreSettings(database_url=nowhere, redis_url=redis_url))) as url:
        [found] = await bad("store", Target(store_url=url))
    assert "is not ready: postgres does not answer" in found.message


async def test_another_program_where_the_store_should_be() -> None:
    with proxy_before("http://127.0.0.1:9", Habits(status=404)) as url:
        [found] = await bad("store", Target(store_url=url))
    assert "is none: GET /ready says 404" in found.message
    [found] = await bad("store", Target(store_url=url))
    assert "nobody listens at that address" in found.message
