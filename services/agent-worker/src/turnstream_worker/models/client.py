"""The client for a model behind HTTP."""

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient
from pydantic import SecretStr

from turnstream_worker.models.delta_joining import join_deltas
from turnstream_worker.sdk.openai_client import ModelClient

CONNECT_SECONDS = 10.0
"""A host that does not accept a connection in this time is down; the turn is tried again later."""
NO_KEY = "none"
"""Sent to hosts that need no key; the client refuses to be made without one."""


def model_client(base_url: str, key: SecretStr | None, timeout_seconds: float) -> AsyncOpenAI:
    """A client that never tries again: a turn is tried again as a whole."""
    return ModelClient(
        api_key=key.get_secret_value() if key else NO_KEY,
        base_url=base_url,
        max_retries=0,
        timeout=httpx2.Timeout(timeout_seconds, connect=CONNECT_SECONDS),
        http_client=DefaultAioHttpClient(event_hooks={"response": [join_deltas]}),
    )
