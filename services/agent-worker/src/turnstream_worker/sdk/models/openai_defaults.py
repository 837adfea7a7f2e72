"""The Agents SDK's defaults for OpenAI: what an app sets with `set_default_openai_…`.

The SDK documents the functions that set them, and none that reads them.
"""

from typing import NamedTuple

from agents.models import _openai_shared as shared
from openai import AsyncOpenAI


class OpenAIDefaults(NamedTuple):
    """What is set now."""

    client: AsyncOpenAI | None
    key: str | None
    responses: bool
    """Whether agents speak the Responses API; Chat Completions otherwise."""
    transport: str
    """How: `http` or `websocket`."""


def openai_defaults() -> OpenAIDefaults:
    """The defaults of this process."""
    return OpenAIDefaults(
        shared.get_default_openai_client(),
        shared.get_default_openai_key(),
        shared.get_use_responses_by_default(),
        shared.get_default_openai_responses_transport(),
    )
