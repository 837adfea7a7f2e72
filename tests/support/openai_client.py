"""The stock client of `openai`, for tests."""

import httpx2
from openai import AsyncOpenAI


def openai_client(base_url: str) -> AsyncOpenAI:
    """A client that keeps no connection, so that nobody has to close it."""
    limits = httpx2.Limits(max_keepalive_connections=0)
    http = httpx2.AsyncClient(limits=limits)
    return AsyncOpenAI(base_url=base_url, api_key="test", max_retries=0, http_client=http)
