"""Alembic's environment: async engine, one migration at a time."""

import asyncio

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from turnstream_store.settings import DEFAULT_SCHEMA

EARLIER = ("alembic_version", "threads", "turns", "journal")
"""Tables of every version that made them in `public`."""
MIGRATION_LOCK = 0x7475726E
"""Advisory lock that only migrations take, so that two deployments queue up."""


def _run(connection: sa.Connection) -> None:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    schema = _home(connection, context.config.attributes["schema"])
    connection.execute(sa.select(sa.func.set_config("search_path", schema, True)))
    context.configure(connection=connection, version_table_schema=schema)
    with context.begin_transaction():
        context.run_migrations()


def _home(connection: sa.Connection, schema: str) -> str:
    """The schema of the tables, made if it is not there; `public` where an earlier version made
    them in it.
    """
    if _exists(connection, f"{schema}.alembic_version"):
        return schema
    if schema == DEFAULT_SCHEMA and _has_earlier_tables(connection):
        return "public"
    if not connection.scalar(sa.select(sa.func.to_regnamespace(schema).is_not(None))):
        connection.execute(sa.schema.CreateSchema(schema))
    return schema


def _has_earlier_tables(connection: sa.Connection) -> bool:
    """True if `public` has our tables. An app's own migrations may have a version table there too."""
    if not all(_exists(connection, f"public.{name}") for name in EARLIER):
        return False
    version = connection.scalar(sa.text("SELECT version_num FROM public.alembic_version"))
    ours = {script.revision for script in context.script.walk_revisions()}
    return version in ours


def _exists(connection: sa.Connection, table: str) -> bool:
    return bool(connection.scalar(sa.select(sa.func.to_regclass(table).is_not(None))))


async def _migrate() -> None:
    engine = create_async_engine(context.config.attributes["database_url"])
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


asyncio.run(_migrate())
