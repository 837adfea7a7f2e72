"""The migrations make the tables that the code expects."""

import asyncio

import sqlalchemy as sa
import turnstream_store.app  # noqa: F401 - imports every table
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import AutoString, SQLModel
from turnstream_store.database.schema.migrate import migrate
from turnstream_store.settings import StoreSettings
from turnstream_store.threads.tables import SEQS_PER_ATTEMPT, item_seq


async def test_the_schema_is_what_the_models_say(migrated: str) -> None:
    """Comparing the migrated database with the models finds nothing to change."""
    engine = create_async_engine(migrated)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()
    assert differences == []


async def test_migrating_again_changes_nothing(migrated: str) -> None:
    """A deployment may run its migrations at every start."""
    await asyncio.to_thread(migrate, StoreSettings(database_url=migrated))


async def test_an_item_takes_a_thousand_places(migrated: str) -> None:
    """The sequence of the database steps as far as the code counts on."""
    engine = create_async_engine(migrated)
    async with engine.connect() as connection:
        first, second = [
            await connection.scalar(sa.select(item_seq.next_value())) for _ in range(2)
        ]
    await engine.dispose()
    assert (second or 0) - (first or 0) == SEQS_PER_ATTEMPT


def _differs(
    _context: object,
    _inspected: object,
    _column: object,
    found: sa.types.TypeEngine[object],
    wanted: sa.types.TypeEngine[object],
) -> bool | None:
    """Whether a column has another type than its model; None leaves that to Alembic.

    Text without a limit is TEXT in the migrations and VARCHAR in SQLModel: Postgres treats them
    alike.
    """
    unlimited = isinstance(wanted, AutoString) and wanted.length is None
    return False if unlimited and isinstance(found, sa.Text) else None


def _differences(connection: sa.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": _differs})
    return list(compare_metadata(context, SQLModel.metadata))
