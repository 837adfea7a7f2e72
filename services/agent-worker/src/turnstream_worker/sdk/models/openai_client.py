"""The `openai` client, made to cost less for every request and every event of an answer."""

from functools import cached_property
from typing import Annotated, Any

from openai import AsyncOpenAI, AsyncStream, omit
from openai.resources.responses import AsyncResponses
from openai.types.responses import ResponseStreamEvent
from pydantic import Field
from typing_extensions import TypeAliasType

_EventByType = TypeAliasType(
    "_EventByType", Annotated[ResponseStreamEvent, Field(discriminator="type")]
)
"""The same union. The client tries each of its fifty classes for an event, and looks at the field
that tells them apart only when none of them fits; Pydantic looks at that field first."""


class ModelClient(AsyncOpenAI):
    """The client, which finds the class of a streamed event by the event's type.

    The objects are the same. The client builds an event that fits no class, as ever.
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
    """Responses whose items and tools are JSON already, as those of the Agents SDK are.

    The client would look into each for names and dates to rewrite, which takes as long as all
    the rest of a request. It sends an extra body as it is, so items and tools go in there.
    """

    async def create(self, **params: Any) -> Any:
        """Part of the client."""
        plain = {name: params.pop(name, omit) for name in ("input", "tools")}
        extra = params.pop("extra_body", None) or {}
        given = {name: value for name, value in plain.items() if value is not omit}
        return await super().create(**params, extra_body={**given, **extra})
