"""Migrations, run by one process at a time."""

from importlib.resources import files

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url
from turnstream.serve import EX_CONFIG

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
    """Alembic's configuration: the scripts beside this file, the database of the settings."""
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


def migrate(settings: StoreSettings) -> None:
    """Bring the schema to the newest revision. Safe to call from several processes at once.

    Raises `NoDatabase` when there is none at the address of the settings.
    """
    try:
        command.upgrade(alembic_config(settings), "head")
    except (OSError, *_REFUSALS) as error:
        raise NoDatabase(settings, error) from error
