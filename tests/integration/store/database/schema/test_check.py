"""`turnstream migrate --check` tells a deploy what a database is to this release."""

import asyncio
import sys
from collections.abc import Iterator

import aiohttp
import asyncpg
import orjson
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from turnstream_store.app import create_app
from turnstream_store.database.pools import Database
from turnstream_store.database.schema.check import Pending, SchemaCheck, SchemaState
from turnstream_store.database.schema.migrate import (
    NoDatabase,
    TooNew,
    alembic_config,
    check,
    migrate,
)
from turnstream_store.database.schema.note import FIRST_RELEASE, SchemaNote
from turnstream_store.database.schema.watch import SchemaWatch, newest_revision
from turnstream_store.settings import StoreSettings

from tests.support.servers.shared import empty_database
from tests.support.system.services import serving

HEAD = newest_revision()
FUTURE = "9999"


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    with empty_database(database_url) as database:
        yield database


async def check_command(database: str, *arguments: str) -> tuple[int, str]:
    """The exit status of `turnstream migrate`, and what it prints."""
    program = [sys.executable, "-m", "turnstream.cli", "migrate", *arguments]
    running = await asyncio.create_subprocess_exec(
        *program,
        env={"DATABASE_URL": database, "PATH": ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await running.communicate()
    return await running.wait(), printed.decode()


async def migrated_by_a_newer_release(database: str, serves_from: str) -> None:
    """What a release of the future leaves."""
    await asyncio.to_thread(migrate, StoreSettings(database_url=database))
    note = orjson.dumps({"revision": FUTURE, "serves_from": serves_from}).decode()
    connection = await asyncpg.connect(database.replace("+asyncpg", "", 1))
    await connection.execute(f"UPDATE alembic_version SET version_num = '{FUTURE}'")
    await connection.execute(f"COMMENT ON TABLE alembic_version IS '{note}'")
    await connection.close()


async def ready(database: str, redis: str) -> dict[str, bool]:
    """What a store says of itself on a database."""
    app = create_app(StoreSettings(database_url=database, redis_url=redis))
    async with (
        serving(app) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/ready") as answer,
    ):
        said: dict[str, bool] = await answer.json()
        assert (answer.status == 200) is (said["postgres"] and said["schema"])
        return said


async def test_an_empty_database_gets_tables(database: str) -> None:
    """The check makes nothing; the statuses before and after are those that --help names."""
    status, printed = await check_command(database, "--check")
    assert status == SchemaState.PENDING.value
    assert "has no tables of ours yet" in printed
    assert f"  {HEAD}  " in printed

    status, _ = await check_command(database)
    assert status == 0
    found = await asyncio.to_thread(check, StoreSettings(database_url=database))
    assert found.state is SchemaState.CURRENT


async def test_pending_migrations_are_named(database: str, redis: str) -> None:
    """Each with its title, in the order in which they would run; a new store waits for them."""
    settings = StoreSettings(database_url=database)
    await asyncio.to_thread(command.upgrade, alembic_config(settings), "0018")
    found = await asyncio.to_thread(check, settings)
    assert (found.revision, found.head, found.state) == ("0018", HEAD, SchemaState.PENDING)
    assert [each.revision for each in found.pending[:2]] == ["0019", "0020"]
    assert "The journal of an ended turn may be kept" in found.pending[1].title

    assert await ready(database, redis) == {"postgres": True, "schema": False, "row_security": True}
    await asyncio.to_thread(migrate, settings)
    assert await ready(database, redis) == {"postgres": True, "schema": True, "row_security": True}


async def test_jobs_of_a_store_wait_for_its_schema(database: str) -> None:
    """A store may be started before the migration: what it does by itself begins behind that."""
    settings, begun = StoreSettings(database_url=database), asyncio.Event()

    async def job() -> None:
        begun.set()

    async with Database(settings) as opened:
        watch = SchemaWatch(opened)
        waiting = asyncio.create_task(watch.then(job))
        assert not await watch.serves()
        assert not begun.is_set()
        await asyncio.to_thread(migrate, settings)
        await asyncio.wait_for(waiting, timeout=30)
        assert begun.is_set()


async def test_a_newer_schema_that_serves_this_release_is_left_alone(
    database: str, redis: str
) -> None:
    """A rollback deploys the older release as it would deploy any: migrate, then services."""
    await migrated_by_a_newer_release(database, serves_from=HEAD)
    status, printed = await check_command(database)
    assert status == 0
    assert f"is at {FUTURE}; this release needs {HEAD}" in printed
    assert "newer than this release, and still serves it" in printed
    found = await asyncio.to_thread(check, StoreSettings(database_url=database))
    assert found.state is SchemaState.NEWER
    assert (await ready(database, redis))["schema"]


async def test_a_schema_that_does_not_serve_this_release_is_refused(
    database: str, redis: str
) -> None:
    """By the check, by `migrate`, and by the readiness of a store."""
    await migrated_by_a_newer_release(database, serves_from=FUTURE)
    settings = StoreSettings(database_url=database)
    assert (await asyncio.to_thread(check, settings)).state is SchemaState.TOO_NEW
    with pytest.raises(TooNew, match="does not serve it any more") as refused:
        await asyncio.to_thread(migrate, settings)
    assert refused.value.status == SchemaState.TOO_NEW.value
    assert not (await ready(database, redis))["schema"]


def test_a_database_that_does_not_answer_has_no_state() -> None:
    with pytest.raises(NoDatabase, match="no database answers") as failed:
        check(StoreSettings(database_url="postgresql+asyncpg://ann@127.0.0.1:9/none"))
    assert failed.value.status == 69


def test_an_offline_migration_has_a_status_of_its_own() -> None:
    """With the reason why services have to stop."""
    pending = [Pending("0021", "A title.", None), Pending("0022", "Another.", "it rewrites items")]
    found = SchemaCheck("turnstream", "0020", "0022", pending)
    assert found.state is SchemaState.PENDING_OFFLINE
    assert "not online: it rewrites items" in "\n".join(found.lines())


def test_a_later_migration_may_raise_what_is_served_and_none_lowers_it() -> None:
    assert SchemaNote("0031", "0025").serves("0025")
    assert not SchemaNote("0031", "0025").serves("0024")
    assert not SchemaNote("0031", "0025").serves("0032")
    assert SchemaNote.parse("somebody's own comment") is None


def test_the_newest_file_is_the_newest_revision() -> None:
    """Migrations are one line, and begin with the first release's."""
    scripts = ScriptDirectory.from_config(alembic_config(StoreSettings()))
    assert scripts.get_current_head() == HEAD
    revisions = [script.revision for script in scripts.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert FIRST_RELEASE in revisions
