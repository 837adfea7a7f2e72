"""The environment of a service that would start here: what is set, and what is known beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

from turnstream.cli import deployment
from turnstream.settings import PREFIX


def complete_environment(env_file: Path) -> None:
    """Add what the environment lacks: the settings of a file, then the addresses and the key of a
    `make up` with this DATA_DIR. What is set stays.
    """
    for name, value in _settings_in(env_file):
        os.environ.setdefault(name, value)
    _add("REDIS_URL", deployment.redis_url())
    _add("DATABASE_URL", _for_asyncpg(deployment.database_url()))
    _add("STORE_URL", deployment.store_url())
    _add("INTERNAL_KEY", deployment.key())


def setting(name: str) -> str:
    """A setting as services read it; empty where it is not set."""
    return os.environ.get(f"{PREFIX}{name}") or os.environ.get(name, "")


def _add(name: str, value: str) -> None:
    """Set a setting that is not set. A database that is no Postgres is an app's own."""
    known = setting(name)
    apps = name == "DATABASE_URL" and known and not known.startswith("postgres")
    if value and (not known or apps):
        os.environ[f"{PREFIX}{name}"] = value


def _for_asyncpg(url: str) -> str:
    """A URL of `make up`, which takes any scheme of Postgres, as the store wants it."""
    _, separator, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if separator else url


def _settings_in(file: Path) -> Iterator[tuple[str, str]]:
    """The `NAME=value` lines of a file, as `make up` reads them."""
    if not file.is_file():
        return
    for line in file.read_text().splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            yield name.strip(), value.strip().strip("'\"")
