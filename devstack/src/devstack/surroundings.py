"""The environment variables that each process of a stack is given."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_DEFAULTS = {
    "WEATHER": "sample",  # the weather tool answers without a network
    "SLOTS": "50",
    "PYTHONUNBUFFERED": "1",  # a log should show what just happened, also after a kill
}
BUNDLED_MCP_SERVERS = json.dumps(
    [
        {
            "name": "units",
            "command": sys.executable,
            "args": ["-m", "turnstream_guide.demo_mcp_server"],
        }
    ]
)
"""What `make up` connects its workers to: a process beside each, so no default for all stacks."""
_OURS = ("PORT", "HEALTH_PORT", "DATABASE_URL", "INSTANCE")
"""Set for some services only; what is in our own environment is not meant for the others."""


@dataclass(frozen=True)
class Surroundings:
    """What the processes of one stack need to know of each other."""

    settings: Mapping[str, str]
    data_dir: Path
    redis_url: str
    database_url: str
    store_url: str
    signing_key: str

    def common(self) -> dict[str, str]:
        """For every service: all of our own environment, the settings, and the addresses."""
        inherited = {k: v for k, v in {**os.environ, **self.settings}.items() if k not in _OURS}
        return {
            **_DEFAULTS,
            "BLOBS_URL": f"file:{self.data_dir / 'blobs'}",
            "URL_SIGNING_KEY": self.signing_key,
            **inherited,
            "HOST": "127.0.0.1",
            "DATA_DIR": str(self.data_dir),
            "REDIS_URL": self.redis_url,
            "STORE_URL": self.store_url,
        }

    def for_store(self) -> dict[str, str]:
        """For the store, which alone knows the database."""
        return self.common() | {"DATABASE_URL": self.database_url}

    def for_gateway(self) -> dict[str, str]:
        """For a gateway, which listens on `HOST` if it is set."""
        host = self.settings.get("HOST") or os.environ.get("HOST") or "127.0.0.1"
        return self.common() | {"HOST": host}


def sqlalchemy_url(url: str) -> str:
    """A Postgres URL as SQLAlchemy wants it for asyncpg."""
    scheme, separator, rest = url.partition("://")
    known = scheme in ("postgres", "postgresql")
    return f"postgresql+asyncpg{separator}{rest}" if known else url
