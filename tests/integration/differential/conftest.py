"""Both backends for every test of this directory."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from turnstream_devstack.stack import Stack

from tests.support.chat_client import ChatClient

from .pair import Pair


@pytest.fixture
async def pair(scripted_stack: Stack) -> AsyncIterator[Pair]:
    """Two empty backends: the gateway for a user of this test's own, and a fresh stock one."""
    async with ChatClient(scripted_stack.gateway_urls[0], user=f"user-{uuid4().hex}") as client:
        yield Pair(client)
