"""Fake services; run as a program, this is `make up` with them instead of the real ones."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from turnstream_devstack.services import ServiceSpec
from turnstream_devstack.stack import Stack
from turnstream_devstack.up import up

_FAKE = (sys.executable, str(Path(__file__).with_name("fake_service.py")))

FAKES: Sequence[ServiceSpec] = (
    ServiceSpec("store", _FAKE, "PORT", "store"),
    ServiceSpec("tools", _FAKE),
    ServiceSpec("agent-worker", _FAKE, role="worker"),
    ServiceSpec("gateway", _FAKE, "PORT", "gateway"),
)


def on_given_servers(data_dir: Path, **parts: Any) -> Stack:
    """A stack that embeds no servers; fake services never call theirs."""
    urls = {"redis_url": "redis://127.0.0.1:1/0", "database_url": "postgresql://127.0.0.1:1/x"}
    return Stack(data_dir, migration=None, **{"specs": FAKES, **urls, **parts})


if __name__ == "__main__":
    sys.exit(up(FAKES, None, None))
