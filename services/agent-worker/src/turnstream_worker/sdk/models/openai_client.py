"""The `openai` client, made to cost less for every request and every event of an answer."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, partial
from typing import Annotated, Any, NamedTuple

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


class ClientRequest(NamedTuple):
    """A request for a model's work that no `Model` makes."""

    model: str
    host: str
    asked: object
    """Its body, without files."""


Around = Callable[[ClientRequest, Callable[[], Awaitable[Any]]], Awaitable[Any]]

_FREE = frozenset({"/responses/input_tokens", "/moderations"})
"""Paths that name a model and cost nothing."""
_by_model: ContextVar[bool] = ContextVar("by_model", default=False)


@contextmanager
def by_model() -> Iterator[None]:
    """Inside, requests are those of a `Model` whose calls are counted already."""
    token = _by_model.set(True)
    try:
        yield
    finally:
        _by_model.reset(token)


def count_requests(around: Around) -> None:
    """Let `around` send every request of every client that no `Model` makes. The last call
    decides.
    """
    ModelClient.around = staticmethod(around)


class ModelClient(AsyncOpenAI):
    """The client, which finds the class of a streamed event by the event's type.

    The objects are the same. The client builds an event that fits no class, as ever.
    """

    @cached_property
    def responses(self) -> AsyncResponses:
        """Part of the client."""
        return _PlainResponses(self)

    around: Around | None = None
    """Counts what an app asks for with the client itself, where somebody does."""

    async def post(self, path: str, **options: Any) -> Any:
        """Part of the client: what every resource sends its requests with."""
        if options.get("stream_cls") == AsyncStream[ResponseStreamEvent]:
            options["stream_cls"] = AsyncStream[_EventByType]
        send = partial(super().post, path, **options)
        body, around = options.get("body"), ModelClient.around
        if around is None or _by_model.get() or path in _FREE:
            return await send()
        if not isinstance(body, Mapping) or not isinstance(body.get("model"), str):
            return await send()
        return await around(ClientRequest(body["model"], self.base_url.netloc.decode(), body), send)


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
