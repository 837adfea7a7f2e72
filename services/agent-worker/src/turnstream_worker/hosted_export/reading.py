"""Reads the hosted API through the SDK, and keeps its answers as JSON.

The SDK's classes know only the fields of their version; an export keeps every field.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, NoReturn

import openai
from openai import AsyncOpenAI
from turnstream.errors import TurnstreamError

PAGE = 100
"""Threads or items of a page, the most that the API gives."""
RETRIES = 8
"""How often the SDK tries again; it waits as `Retry-After` says, else up to 8 s: a minute of
trouble passes."""
TIMEOUT = 60.0
"""Seconds for an answer."""

Json = dict[str, Any]
_Ask = Callable[[str | openai.Omit], Awaitable[Any]]
_GONE = (403, 404, 410)


class ThreadGone(Exception):
    """The thread was deleted since it was listed."""


class HostedThreads:
    """The threads of a project of OpenAI's, oldest first, and their items in order."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._threads = client.beta.chatkit.threads.with_raw_response

    async def threads(self, user: str | None, after: str | None) -> AsyncGenerator[Json, None]:
        """Threads after one. Raises `TurnstreamError`, which says what to do."""
        whose = openai.omit if user is None else user

        async def ask(behind: str | openai.Omit) -> Any:
            return await self._threads.list(limit=PAGE, order="asc", user=whose, after=behind)

        try:
            async for thread in _pages(ask, after):
                yield thread
        except openai.BadRequestError as error:
            if after is None:
                _raise_named(error)
            raise TurnstreamError(
                f"The API does not go on after {after} ({error.message}). If that thread was"
                " deleted there, take another folder."
            ) from error
        except openai.APIError as error:
            _raise_named(error)

    async def items(self, thread_id: str) -> AsyncGenerator[Json, None]:
        """The items of a thread. Raises `ThreadGone` and `TurnstreamError`."""

        async def ask(behind: str | openai.Omit) -> Any:
            return await self._threads.list_items(thread_id, limit=PAGE, order="asc", after=behind)

        try:
            async for item in _pages(ask, None):
                yield item
        except openai.NotFoundError as error:
            raise ThreadGone from error
        except openai.APIError as error:
            _raise_named(error)


async def _pages(ask: _Ask, after: str | None) -> AsyncGenerator[Json, None]:
    behind = openai.omit if after is None else after
    while True:
        page = _read(await ask(behind))
        for each in page["data"]:
            yield each
        last = page.get("last_id") or (page["data"][-1]["id"] if page["data"] else None)
        if not page.get("has_more") or last is None:
            return
        if last == behind:
            raise TurnstreamError(f"The API gives the page after {last} again and again.")
        behind = last


def _read(response: Any) -> Json:
    try:
        page = json.loads(response.content)
        if isinstance(page["data"], list):
            return dict(page)
    except (ValueError, KeyError, TypeError) as error:
        raise TurnstreamError("The API answered with something else than a list.") from error
    raise TurnstreamError("The API answered with something else than a list.")


def _raise_named(error: openai.APIError) -> NoReturn:
    raise TurnstreamError(_advice(error)) from error


def _advice(error: openai.APIError) -> str:
    """What went wrong, and what to do."""
    again = "Run the same command again: it goes on where it is."
    if isinstance(error, openai.RateLimitError):
        return f"The API still says that there are too many requests. {again} --at-once 2 helps."
    if not isinstance(error, openai.APIStatusError):
        return f"The API does not answer ({error.message}). {again}"
    answer = f"The API answers {error.status_code} ({error.message})."
    if error.status_code == 401:
        return f"{answer} OPENAI_API_KEY must be a key of the project whose threads these are."
    if error.status_code in _GONE:
        return (
            f"{answer} Either this key may not read ChatKit's threads (take one of the same project"
            " with all permissions), or hosted ChatKit has ended and nothing can be read any more:"
            " ask OpenAI's support for an export. What is in the folder stays, and can be imported."
        )
    return f"{answer} {again}"
