"""Migrations, run by one process at a time."""

from importlib.resources import files

from alembic import command
from alembic.config import Config

from turnstream_store.settings import StoreSettings


def alembic_config(settings: StoreSettings) -> Config:
    """Alembic's configuration: the scripts beside this file, the database of the settings."""
    config = Config()
    config.set_main_option(
        "script_location", str(files("turnstream_store.database").joinpath("migrations"))
    )
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = settings.database_url
    config.attributes["schema"] = settings.database_schema
    return config


def migrate(settings: StoreSettings) -> None:
    """Bring the schema to the newest revision. Safe to call from several processes at once."""
    command.upgrade(alembic_config(settings), "head")
