"""File searches of a workflow itself, beside those of its agents."""

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import Any

from openai.types import VectorStoreSearchResponse

RESULTS = list[VectorStoreSearchResponse]


async def results_of(ask: Callable[[], Any]) -> list[Any]:
    """All results of a search. A plain client searches when it is asked, so it has a thread."""
    found = await asyncio.to_thread(_called, ask)
    return [each async for each in found] if isinstance(found, AsyncIterable) else found


def _called(ask: Callable[[], Any]) -> Any:
    found = ask()
    return found if isinstance(found, AsyncIterable) else list(found)
