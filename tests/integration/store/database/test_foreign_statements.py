"""Every raw statement reaches its owner's rows alone, and row-level security holds it to that."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlmodel import select
from turnstream_store.database.data_role import DATA_ROLE
from turnstream_store.database.failures import WriteConflict
from turnstream_store.database.pools import Database, TenantDatabase
from turnstream_store.database.statements import Statement
from turnstream_store.settings import RowSecurityMode, StoreSettings
from turnstream_store.threads.tables import ThreadRow

from tests.support.store.belongings import (
    FOREIGNERS,
    VICTIM,
    Belongings,
    belongings,
    snapshot,
    tables,
)
from tests.support.store.foreign_statements import FOREIGN_STATEMENTS, ON_SERVERS
from tests.support.store.statements import STATEMENTS
from tests.support.system.services import running_store

MODES = (RowSecurityMode.REQUIRE, RowSecurityMode.OFF)
_EMPTY = {
    *((name, 0) for name in ("held", "ended", "turns", "counted", "queued", "running")),
    *((name, 0) for name in ("held_back", "failed", "dead_letters")),
    *((name, None) for name in ("next_turn", "tenant", "held_back", "reached")),
}
"""What a statement answers that has done nothing and has a row all the same."""


@pytest.fixture
async def hers(emptied: str, redis: str, blobs_url: str) -> Belongings:
    """What the victim has."""
    quiet = {"blobs_url": blobs_url, "sweep_interval": "1h"}
    async with running_store(emptied, redis, **quiet) as client:
        return await belongings(client)


@pytest.fixture
async def operator(emptied: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is subject to nothing."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    yield connection
    await connection.close()


def test_every_statement_is_asked_here() -> None:
    """A new one has its values beside the others."""
    assert FOREIGN_STATEMENTS.keys() | ON_SERVERS == STATEMENTS.keys()


@pytest.mark.parametrize("mode", MODES)
async def test_a_statement_does_nothing_for_a_foreigner(
    emptied: str, operator: asyncpg.Connection, hers: Belongings, mode: RowSecurityMode
) -> None:
    """With the victim's ids and a foreigner's name it returns nothing, or is refused."""
    wrong = []
    before = await snapshot(operator)
    async with Database(StoreSettings(database_url=emptied, row_security=mode)) as database:
        for foreigner in FOREIGNERS:
            for name, asked in FOREIGN_STATEMENTS.items():
                same_tenant = foreigner.tenant == VICTIM.tenant
                if not asked.by_tenant or (same_tenant and not asked.by_user):
                    continue
                found = await _ask(
                    database.of(foreigner.tenant), name, asked.values(hers, foreigner)
                )
                if found or await snapshot(operator) != before:
                    wrong.append((name, foreigner, found))
                    before = await snapshot(operator)
    assert wrong == []


async def test_a_statement_on_another_tenants_connection_does_nothing(
    emptied: str, operator: asyncpg.Connection, hers: Belongings
) -> None:
    """Also with the victim's own name, or where it names nobody: Postgres does not let it."""
    wrong = []
    before = await snapshot(operator)
    settings = StoreSettings(database_url=emptied, row_security=RowSecurityMode.REQUIRE)
    async with Database(settings) as database:
        for name, asked in FOREIGN_STATEMENTS.items():
            found = await _ask(database.of("globex"), name, asked.values(hers, VICTIM))
            if found or await snapshot(operator) != before:
                wrong.append((name, found))
                before = await snapshot(operator)
    assert wrong == []


async def _ask(database: TenantDatabase, name: str, values: tuple[Any, ...]) -> list[Any]:
    """The rows that a statement returns; none if it is refused or says that it did nothing."""
    statement: Statement[Any] = STATEMENTS[name]
    try:
        async with database.transaction() as connection:
            found = await statement.all(connection, *values)
    except (WriteConflict, asyncpg.InsufficientPrivilegeError):
        return []
    return [row for row in found if row._asdict().items() - _EMPTY]


async def test_a_query_that_forgets_its_tenant_returns_nothing(
    emptied: str, hers: Belongings
) -> None:
    """In a session of another tenant the victim's rows are not there."""
    async with Database(StoreSettings(database_url=emptied)) as database:
        for tenant, count in ((VICTIM.tenant, 2), ("globex", 0), (VICTIM.tenant, 2)):
            async with database.of(tenant).session() as session:
                assert len((await session.exec(select(ThreadRow))).all()) == count
        async with database.all_tenants().session() as session:
            assert len((await session.exec(select(ThreadRow))).all()) == 2


async def test_a_connection_that_names_no_tenant_reaches_nothing(
    emptied: str, operator: asyncpg.Connection, hers: Belongings
) -> None:
    """It reads no row of any table, and may write none, not even one of the default tenant."""
    await operator.execute(f"SET ROLE {DATA_ROLE}")
    for table, _ in await tables(operator):
        assert await operator.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    for tenant in (VICTIM.tenant, "default"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await operator.execute(
                "INSERT INTO facts (id, tenant, owner, text, status) VALUES ('f', $1, 'a', '', '')",
                tenant,
            )
    await operator.execute("RESET ROLE")


async def test_a_row_cannot_be_given_to_another_tenant(
    emptied: str, operator: asyncpg.Connection, hers: Belongings
) -> None:
    """Neither written for them nor moved to them."""
    async with Database(StoreSettings(database_url=emptied)) as database:
        for sql in (
            "INSERT INTO facts (id, tenant, owner, text, status) SELECT 'f', 'globex', 'a', '', ''",
            "UPDATE facts SET tenant = 'globex'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with database.of(VICTIM.tenant).connection() as connection:
                    await connection.fetch(sql)


async def test_every_table_is_protected(operator: asyncpg.Connection, migrated: str) -> None:
    """A table that no policy keeps is Alembic's own, and the data role may not use it."""
    query = """
        SELECT relname, relrowsecurity AND EXISTS (
            SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'of_tenant'
        ), has_table_privilege($1, oid, 'SELECT')
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'turnstream'::regnamespace
    """
    kept = {name: (held, granted) for name, held, granted in await operator.fetch(query, DATA_ROLE)}
    assert kept.pop("alembic_version") == (False, False)
    assert set(kept.values()) == {(True, True)}, kept


async def test_a_connection_keeps_its_tenant_and_asks_once(emptied: str) -> None:
    """Statements of one tenant cost no further round trip; those of another change it first."""
    settings = StoreSettings(database_url=emptied, database_pool=1)
    async with Database(settings) as database:
        for tenant in ("acme", "acme", "globex", "acme"):
            for way in (TenantDatabase.connection, TenantDatabase.transaction):
                async with way(database.of(tenant)) as connection:
                    row = await connection.fetchrow("SELECT current_setting('turnstream.tenant')")
                    assert row is not None
                    assert row[0] == tenant


async def test_a_rollback_does_not_change_whose_rows_a_connection_reaches(emptied: str) -> None:
    """The tenant is named outside of the transaction that fails."""
    settings = StoreSettings(database_url=emptied, database_pool=1)
    async with Database(settings) as database:
        for tenant in ("acme", "globex"):
            for way in (TenantDatabase.transaction, TenantDatabase.session):
                with pytest.raises(RuntimeError):
                    async with way(database.of(tenant)):
                        raise RuntimeError
            async with database.of(tenant).connection() as connection:
                row = await connection.fetchrow("SELECT current_setting('turnstream.tenant')")
                assert row is not None
                assert row[0] == tenant
