"""Alembic's environment: async engine, one migration at a time, each in its own transaction."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from turnstream_store.database.address import address, connect
from turnstream_store.database.data_role import prepare_data_role
from turnstream_store.database.schema.home import home, revision_in
from turnstream_store.database.schema.note import SchemaNote, write_note

MIGRATION_LOCK = 0x7475726E
"""Advisory lock that only migrations take, so that two deployments queue up."""
ASK_AGAIN = 0.1
"""Seconds between two tries to take it."""


def _run(connection: sa.Connection) -> None:
    with _alone(connection):
        with connection.begin():
            schema = _home(connection, context.config.attributes["schema"])
            connection.execute(sa.select(sa.func.set_config("search_path", schema, False)))
        context.configure(
            connection=connection, version_table_schema=schema, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()  # Alembic has looked at the version, perhaps that was all
        with connection.begin():
            _note_schema(connection, schema)
        prepare_data_role(connection, schema, context.config.attributes["store_user"])


@contextmanager
def _alone(connection: sa.Connection) -> Iterator[None]:
    """Let one process migrate at a time.

    A process that waits holds no transaction open, or an index that is built beside it would never be
    finished. The lock ends with the connection.
    """
    taken = sa.select(sa.func.pg_try_advisory_lock(MIGRATION_LOCK))
    while True:
        with connection.begin():
            if connection.scalar(taken):
                break
        time.sleep(ASK_AGAIN)
    yield


def _home(connection: sa.Connection, schema: str) -> str:
    """The schema of the tables, made if it is not there."""
    known = {script.revision for script in context.script.walk_revisions()}
    there = home(connection, schema, known)
    if there is None and not connection.scalar(
        sa.select(sa.func.to_regnamespace(schema).is_not(None))
    ):
        connection.execute(sa.schema.CreateSchema(schema))
    return there or schema


def _note_schema(connection: sa.Connection, schema: str) -> None:
    """Write down what the schema is by now, for releases that do not know all of it."""
    revision = revision_in(connection, schema)
    if revision is not None:
        ran = context.script.iterate_revisions(revision, "base")
        write_note(connection, schema, SchemaNote.of(ran, revision))


async def _migrate() -> None:
    url, arguments = address(context.config.attributes["database_url"])
    engine = create_async_engine(url, connect_args=arguments | {"async_creator_fn": connect})
    async with engine.connect() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


asyncio.run(_migrate())
