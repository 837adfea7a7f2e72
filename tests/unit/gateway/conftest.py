"""A client of a gateway that a file of tests makes."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of `app`, without a network."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.localhost") as client:
        yield client
