"""Migrations, run by one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url
from turnstream.process.bad_settings import EX_CONFIG

from turnstream_store.database.schema.check import SchemaCheck, SchemaState, check_schema
from turnstream_store.settings import StoreSettings

EX_UNAVAILABLE = 69
"""Exit status when nothing answers (sysexits.h): a later try may help."""
_REFUSALS = (
    asyncpg.InvalidAuthorizationSpecificationError,  # a wrong password is one
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ClientConfigurationError,  # such as a file with an authority that is not there
)


def alembic_config(settings: StoreSettings) -> Config:
    """Alembic's configuration: `database/migrations`, and the database of the settings."""
    config = Config()
    config.set_main_option(
        "script_location", str(files("turnstream_store.database").joinpath("migrations"))
    )
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = settings.migration_database_url or settings.database_url
    # Where another user migrates, the store's own is let into the role that its rows are for.
    other = settings.migration_database_url is not None
    config.attributes["store_user"] = make_url(settings.database_url).username if other else None
    config.attributes["schema"] = settings.database_schema
    return config


class NoDatabase(Exception):
    """The database can't be migrated. The message names its address, without the password."""

    def __init__(self, settings: StoreSettings, reason: Exception) -> None:
        what = "no database answers" if isinstance(reason, OSError) else "the database refuses us"
        name = "MIGRATION_DATABASE_URL" if settings.migration_database_url else "DATABASE_URL"
        url = make_url(settings.migration_database_url or settings.database_url)
        where = url.render_as_string(hide_password=True)
        super().__init__(f"{name}: {what} at {where}: {reason}")
        self.status = EX_UNAVAILABLE if isinstance(reason, OSError) else EX_CONFIG


class TooNew(Exception):
    """A newer release migrated the database, and its schema does not serve this release."""

    def __init__(self, found: SchemaCheck) -> None:
        super().__init__("\n".join(found.lines()))
        self.status = int(found.state)


def migrate(settings: StoreSettings) -> SchemaCheck:
    """Bring the schema to the newest revision. Safe to call from several processes at once.

    Gives what it found before. A database that is newer than this release is left as it is.
    Raises `NoDatabase` when there is none at the address of the settings, and `TooNew`.
    """
    with _named_failures(settings):
        config = alembic_config(settings)
        found = check_schema(config)
        if found.state is SchemaState.TOO_NEW:
            raise TooNew(found)
        if found.state is not SchemaState.NEWER:
            command.upgrade(config, "head")
        return found


def check(settings: StoreSettings) -> SchemaCheck:
    """What `migrate` would do. Changes nothing. Raises `NoDatabase`."""
    with _named_failures(settings):
        return check_schema(alembic_config(settings))


@contextmanager
def _named_failures(settings: StoreSettings) -> Iterator[None]:
    try:
        yield
    except (OSError, *_REFUSALS) as error:
        raise NoDatabase(settings, error) from error
