"""Tools that misbehave, for a tools service that must not."""

import asyncio
from datetime import timedelta

from pydantic import BaseModel
from turnstream_tools import ToolContext, tool


class Nothing(BaseModel):
    """No arguments."""


@tool(name="raises", description="Raises.")
async def raises(call: ToolContext, args: Nothing) -> None:
    """Fail in the middle."""
    raise LookupError("no such drawer")


@tool(name="hangs", description="Waits for ever.", timeout=timedelta(milliseconds=300))
async def hangs(call: ToolContext, args: Nothing) -> None:
    """Outlive the deadline."""
    await asyncio.Event().wait()


@tool(name="not_json", description="Returns what JSON can't hold.")
async def not_json(call: ToolContext, args: Nothing) -> object:
    """Return an object."""
    return object()


@tool(name="waits", description="Waits until it is cancelled.", timeout=timedelta(seconds=60))
async def waits(call: ToolContext, args: Nothing) -> None:
    """Say that it has begun, and wait."""
    await call.progress("waiting")
    await asyncio.Event().wait()


class Words(BaseModel):
    """What a user might say."""

    words: str


@tool(name="repeats", description="Raises with what it was given.")
async def repeats(call: ToolContext, args: Words) -> None:
    """Fail, as tools do, with a message that quotes an argument."""
    raise ValueError(f"can't look up {args.words}")
