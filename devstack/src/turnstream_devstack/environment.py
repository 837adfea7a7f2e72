"""The environment variables that each process of a stack is given."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from turnstream_devstack.options import PREFIX, setting

_DEFAULTS = {
    "WEATHER": "sample",  # the weather tool answers without a network
    "DEMO_PAGE": "true",
    "LOG_ERROR_TEXT": "true",  # anyone who runs a stack wrote what is said in it
    "SLOTS": "50",
    # With `AUTH=dev` anyone can claim any name, so rates protect nothing. Load tools use one user.
    "RATE_TURNS": "60000/1m",
    "RATE_UPLOADS": "60000/1m",
    "RATE_CALLS": "60000/1m",
    "RATE_READS": "60000/1m",
    "RATE_FAILED_LOGINS": "60000/1m",
    "MAX_STREAMS_PER_USER": "10000",
    "PYTHONUNBUFFERED": "1",  # a log should show what just happened, also after a kill
}


@dataclass(frozen=True)
class ServiceEnvironment:
    """What the processes of one stack need to know of each other."""

    settings: Mapping[str, str]
    data_dir: Path
    redis_url: str
    database_url: str
    store_url: str
    signing_key: str
    credential_key: str
    database_is_ours: bool = False
    """Whether it is the stack's own, where an address for migrations would be another one's."""
    internal_key: str = ""
    """The key that the services ask of each other: one, or two with a comma between."""

    def common(self) -> dict[str, str]:
        """The environment of every service: all of our own, the settings, and the addresses.

        What this stack decides goes by the names with `TURNSTREAM_`, which win. A variable of an
        app's own, such as its `DATABASE_URL`, reaches the app as it is.
        """
        given = {**os.environ, **self.settings}
        return {
            **_DEFAULTS,
            "BLOBS_URL": f"file:{self.data_dir / 'blobs'}",
            "URL_SIGNING_KEY": self.signing_key,
            "CREDENTIAL_KEYS": self.credential_key,
            "WEBHOOK_KEYS": self.credential_key,
            **given,
            "PYTHONPATH": _from_here(given.get("PYTHONPATH", "")),
            "INTERNAL_KEY": self.internal_key,
            "DATA_DIR": str(self.data_dir),
            **prefixed(HOST="127.0.0.1", REDIS_URL=self.redis_url, STORE_URL=self.store_url),
        }

    def for_store(self) -> dict[str, str]:
        """The environment of the store, which alone knows the database."""
        addresses = {"DATABASE_URL": self.database_url}
        if self.database_is_ours:
            addresses["MIGRATION_DATABASE_URL"] = self.database_url
        return self.common() | prefixed(**addresses)

    def for_worker(self, *, tools: bool, mcp_url: str | None) -> dict[str, str]:
        """The environment of a worker, which need not wait for tools where no tools service is, and
        connects to the MCP server of its stack if there is one.
        """
        own = {} if tools else {"CATALOGUE_TIMEOUT": "0"}
        if mcp_url is not None:
            own["MCP_SERVERS"] = json.dumps([{"name": "units", "url": mcp_url}])
        return own | self.common()

    def for_gateway(self) -> dict[str, str]:
        """The environment of a gateway, which listens on `HOST` if it is set."""
        given = {**os.environ, **self.settings}
        host = setting(given, "HOST") or "127.0.0.1"
        return self.common() | prefixed(HOST=host) | self._faults(given, host)

    def _faults(self, given: Mapping[str, str], host: str) -> dict[str, str]:
        """What a demo page may break: something, where only this machine and no real user is."""
        alone = host in ("127.0.0.1", "localhost", "::1")
        trying = "dev" in (setting(given, "AUTH") or "dev").split(",")
        return prefixed(DEMO_RUN_DIR=str(self.data_dir / "run")) if alone and trying else {}


def _from_here(pythonpath: str) -> str:
    """A PYTHONPATH on which an app in the current folder is found too."""
    folders = [str(Path.cwd()), *pythonpath.split(os.pathsep)]
    return os.pathsep.join(dict.fromkeys(filter(None, folders)))


def prefixed(**settings: str) -> dict[str, str]:
    """Settings by the names that win over those an app may use too."""
    return {f"{PREFIX}{name}": value for name, value in settings.items()}


def sqlalchemy_url(url: str) -> str:
    """A Postgres URL as SQLAlchemy wants it for asyncpg."""
    scheme, separator, rest = url.partition("://")
    known = scheme.partition("+")[0] in ("postgres", "postgresql")
    return f"postgresql+asyncpg{separator}{rest}" if known else url
