"""Fake services; run as a program, this is `make up` with them instead of the real ones."""

import sys
from collections.abc import Sequence
from pathlib import Path

from turnstream_devstack.services import ServiceSpec
from turnstream_devstack.up import up

_FAKE = (sys.executable, str(Path(__file__).with_name("fake_service.py")))

FAKES: Sequence[ServiceSpec] = (
    ServiceSpec("store", _FAKE, "PORT", "store"),
    ServiceSpec("tools", _FAKE),
    ServiceSpec("agent-worker", _FAKE, role="worker"),
    ServiceSpec("gateway", _FAKE, "PORT", "gateway"),
)

if __name__ == "__main__":
    sys.exit(up(FAKES, None, None))
