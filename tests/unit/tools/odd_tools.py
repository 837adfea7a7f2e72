"""Tools that misbehave in every way a tool can, and some that don't."""

import asyncio
import sys
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field
from turnstream_tools import ToolContext, tool


class Nothing(BaseModel):
    pass


class Greeting(BaseModel):
    name: str = Field(min_length=1)
    tone: Literal["warm", "dry"] | None = None


@tool(name="greet", description="Greets.", idempotent=True)
async def greet(call: ToolContext, args: Greeting) -> dict[str, str]:
    await call.progress("Thinking")
    await call.widget({"type": "Card", "children": []}, copy_text="card")
    await call.progress("Still thinking")
    await call.effect("wave", {"hand": "left"})
    return {"greeting": f"Hello {args.name}"}


@tool(name="whose", description="Says for whom it was called.")
async def whose(call: ToolContext, args: Nothing) -> list[object]:
    return [call.owner, call.tenant, call.caller]


@tool(name="raises", description="Raises.")
async def raises(call: ToolContext, args: Nothing) -> None:
    await call.effect("before", {})
    raise LookupError("no such thing \ud800" + "x" * 1000)


@tool(name="exits", description="Tries to end the process.")
async def exits(call: ToolContext, args: Nothing) -> None:
    sys.exit(3)


@tool(name="cancels_itself", description="Raises a cancellation nobody asked for.")
async def cancels_itself(call: ToolContext, args: Nothing) -> None:
    raise asyncio.CancelledError


@tool(name="not_json", description="Returns what JSON can't hold.")
async def not_json(call: ToolContext, args: Nothing) -> object:
    return {"when": object()}


@tool(name="large", description="Returns a lot.")
async def large(call: ToolContext, args: Nothing) -> list[str]:
    return ['"quoted" é'] * 1000


@tool(name="hangs", description="Waits for ever.", timeout=timedelta(seconds=30))
async def hangs(call: ToolContext, args: Nothing) -> None:
    await call.effect("started", {})
    await asyncio.Event().wait()


@tool(name="hangs_safely", description="Waits for ever, without effect.", idempotent=True)
async def hangs_safely(call: ToolContext, args: Nothing) -> None:
    await asyncio.Event().wait()


@tool(name="short", description="Has little time.", timeout=timedelta(milliseconds=50))
async def short(call: ToolContext, args: Nothing) -> None:
    await asyncio.Event().wait()


wakes_up = asyncio.Event()
"""Ends the tool below."""


@tool(name="deaf", description="Ignores cancellation.", timeout=timedelta(milliseconds=50))
async def deaf(call: ToolContext, args: Nothing) -> None:
    while not wakes_up.is_set():
        try:
            await asyncio.wait_for(wakes_up.wait(), 10)
        except asyncio.CancelledError:
            continue
    await call.progress("too late")


@tool(name="floods", description="Shows more than is kept.")
async def floods(call: ToolContext, args: Nothing) -> None:
    while True:
        await call.effect("flood", {"water": "x" * 100_000})


@tool(name="asks_client", description="Wants a client tool.", ends_run=True)
async def asks_client(call: ToolContext, args: Nothing) -> str:
    call.client_tool("pick_colour", {"choices": ["red"]})
    return "asked"


@tool(name="steps", description="Shows a workflow.")
async def steps(call: ToolContext, args: Nothing) -> str:
    async with call.workflow() as step:
        await step("Reading", "the first page")
        await step("Writing")
    return "done"


@tool(name="grows_for_ever", description="Shows a widget that never ends.", idempotent=True)
async def grows_for_ever(call: ToolContext, args: Nothing) -> None:
    def build(text: str, streaming: bool) -> dict[str, object]:
        return {"type": "Card", "children": [{"type": "Text", "id": "text", "value": text}]}

    async with call.streamed_widget(build, "text") as write:
        await write("half")
        await asyncio.Event().wait()
