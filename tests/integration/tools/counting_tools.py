"""Tools whose effects are counted in Redis, where every process sees them."""

import asyncio
from datetime import timedelta

from pydantic import BaseModel
from redis.asyncio import Redis
from turnstream_tools import ToolContext, tool


class Nothing(BaseModel):
    pass


class Wait(BaseModel):
    seconds: float


async def effects(redis: Redis, key: str) -> int:
    """How often the call had its effect."""
    return int(await redis.get(f"effects:{key}") or 0)


async def take_effect(call: ToolContext) -> int:
    return int(await call.redis.incr(f"effects:{call.key}"))


@tool(name="pay", description="Has an effect that must not be repeated.")
async def pay(call: ToolContext, args: Wait) -> dict[str, int]:
    times = await take_effect(call)
    await call.progress("Paying")
    await call.effect("paid", {"times": times})
    await asyncio.sleep(args.seconds)
    return {"times": times}


@tool(name="look", description="May be repeated.", idempotent=True)
async def look(call: ToolContext, args: Wait) -> dict[str, int]:
    times = await take_effect(call)
    await call.progress("Looking")
    if times == 1:
        await asyncio.sleep(args.seconds)
    return {"times": times}


@tool(name="fail", description="Raises.")
async def fail(call: ToolContext, args: Nothing) -> None:
    raise LookupError("no such thing")


@tool(name="hang", description="Has little time.", timeout=timedelta(milliseconds=200))
async def hang(call: ToolContext, args: Nothing) -> None:
    await asyncio.Event().wait()


@tool(name="not_json", description="Returns what JSON can't hold.")
async def not_json(call: ToolContext, args: Nothing) -> object:
    return object()


@tool(name="risk", description="Needs an approval.", needs_approval=True)
async def risk(call: ToolContext, args: Wait) -> dict[str, int]:
    return {"times": await take_effect(call)}


@tool(name="where", description="Says for which thread it runs.")
async def where(call: ToolContext, args: Nothing) -> str:
    return call.thread_id
