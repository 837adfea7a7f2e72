"""The `openai` client, made to cost less for every request and every event of an answer."""

from functools import cached_property
from typing import Annotated, Any

import httpx2
from openai import AsyncOpenAI, AsyncStream, DefaultAioHttpClient, omit
from openai.resources.responses import AsyncResponses
from openai.types.responses import ResponseStreamEvent
from pydantic import Field, SecretStr
from typing_extensions import TypeAliasType

from turnstream_worker.models.delta_joining_sse import join_deltas

CONNECT_SECONDS = 10.0
"""A host that does not take a connection in this time is down; the turn is tried again later."""
NO_KEY = "none"
"""Sent to hosts that need no key; the client refuses to be made without one."""

_EventByType = TypeAliasType(
    "_EventByType", Annotated[ResponseStreamEvent, Field(discriminator="type")]
)
"""The same union. The client has every one of its fifty classes try an event, and knows the name
of the field that tells them apart only when none of them takes it; Pydantic looks there first."""


class ModelClient(AsyncOpenAI):
    """The client with the class of a streamed event found by its type.

    The objects are the same: an event that does not fit its class is built by the client as ever.
    """

    @cached_property
    def responses(self) -> AsyncResponses:
        """Part of the client."""
        return _PlainResponses(self)

    async def post(self, path: str, **options: Any) -> Any:
        """Part of the client: what every resource sends its requests with."""
        if options.get("stream_cls") == AsyncStream[ResponseStreamEvent]:
            options["stream_cls"] = AsyncStream[_EventByType]
        return await super().post(path, **options)


class _PlainResponses(AsyncResponses):
    """Responses whose items and tools are JSON already, as the SDK's are.

    The client would look into each for names and dates to rewrite, which takes as long as all
    the rest of a request; what it calls the extra body goes as it is.
    """

    async def create(self, **params: Any) -> Any:
        """Part of the client."""
        plain = {name: params.pop(name, omit) for name in ("input", "tools")}
        extra = params.pop("extra_body", None) or {}
        given = {name: value for name, value in plain.items() if value is not omit}
        return await super().create(**params, extra_body={**given, **extra})


def model_client(base_url: str, key: SecretStr | None, timeout_seconds: float) -> AsyncOpenAI:
    """A client that never tries again: a turn is tried again as a whole."""
    return ModelClient(
        api_key=key.get_secret_value() if key else NO_KEY,
        base_url=base_url,
        max_retries=0,
        timeout=httpx2.Timeout(timeout_seconds, connect=CONNECT_SECONDS),
        http_client=DefaultAioHttpClient(event_hooks={"response": [join_deltas]}),
    )
