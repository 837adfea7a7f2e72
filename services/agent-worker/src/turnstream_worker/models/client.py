"""The client for a model behind HTTP."""

from dataclasses import replace

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient
from pydantic import SecretStr

from turnstream_worker.callers import current_attempt
from turnstream_worker.models.delta_joining import join_deltas
from turnstream_worker.sdk.models.openai_client import ModelClient

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
        http_client=DefaultAioHttpClient(event_hooks={"response": [_note, join_deltas]}),
    )


async def _note(response: httpx2.Response) -> None:
    """Note on the attempt which server answered it, for an operator who looks for a fault."""
    attempt = current_attempt.get()
    if attempt is not None:
        host = response.request.url.netloc.decode().rpartition("@")[2]
        request_id = response.headers.get("x-request-id", "")
        attempt.asked = replace(attempt.asked, host=host, request_id=request_id)
