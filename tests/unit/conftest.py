"""Which event loops a test runs on."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop

_ON_BOTH = {"test_connections"}
"""Files about sockets. uvloop, which production runs on, refuses what asyncio takes."""

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, LoopFactory]:
    """asyncio's loop, and uvloop's for files that need it."""
    factories: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
    if item.path.stem in _ON_BOTH:
        factories["uvloop"] = uvloop.new_event_loop
    return factories
