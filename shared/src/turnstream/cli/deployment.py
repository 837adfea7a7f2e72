"""Which deployment an operator's command means: where its store is, and what it asks for.

What is given counts first: the option, then the environment. Beside a deployment of `make up` its
files say the rest, so that a command there needs neither.
"""

import os
from pathlib import Path

from pydantic import SecretStr

from turnstream.settings import PREFIX, Settings


def store_url() -> str:
    """The store's address: `STORE_URL`, else what `make up` wrote, else the default."""
    settings = Settings()
    if "store_url" in settings.model_fields_set:
        return settings.store_url
    return _run_file("store.url") or settings.store_url


def key() -> str:
    """The internal key: `INTERNAL_KEY`, else what `make up` wrote, else nothing.

    It is for the machine that the deployment runs on: anyone who may read it there may do anything
    to the deployment already. An operator elsewhere has a server key with the scope `operator`.
    """
    settings = Settings()
    if settings.internal_key is not None:
        return settings.key_ring.first
    return _run_file("internal.key")


def gateway_url() -> str:
    """Where the first gateway of `make up` is; nothing where none runs."""
    return _run_file("gateway.url")


def redis_url() -> str:
    """The Redis of `make up`; nothing where none runs."""
    return _run_file("redis.url")


def database_url() -> str:
    """The Postgres of `make up`; nothing where none runs."""
    return _run_file("postgres.url")


def files() -> tuple[str, SecretStr] | None:
    """Where files are and what signs references to them, or None where nobody says so.

    `BLOBS_URL` and `URL_SIGNING_KEY`, else what `make up` with this `DATA_DIR` uses.
    """
    settings = Settings()
    if settings.url_signing_key is not None:
        return settings.blobs_url, settings.url_signing_key
    key = _run_file("url-signing-key", "secrets")
    return (f"file:{_directory() / 'blobs'}", SecretStr(key)) if key else None


def _directory() -> Path:
    """`DATA_DIR` of a `make up`."""
    return Path(os.environ.get(f"{PREFIX}DATA_DIR") or os.environ.get("DATA_DIR") or ".data")


def _run_file(name: str, folder: str = "run") -> str:
    """What a running `make up` says of itself; nothing where none runs, or of another user's."""
    try:
        return (_directory() / folder / name).read_text().strip()
    except OSError:
        return ""
