"""Tools that leave a line in a file for each effect they have, so that effects can be counted."""

import asyncio
import os

from pydantic import BaseModel
from turnstream_tools import ToolContext, tool

EFFECTS_FILE = "CHAOS_EFFECTS"
"""Environment variable with the file's path."""


class Job(BaseModel):
    """What both tools take."""

    seconds: float
    """How long the tool works before its effect, and again after it."""


@tool(name="look_up", description="Look something up.", idempotent=True)
async def look_up(call: ToolContext, args: Job) -> dict[str, str]:
    """Harmless to run twice."""
    await call.progress("Looking it up")
    await asyncio.sleep(args.seconds)
    _leave_effect("look_up", call)
    await asyncio.sleep(args.seconds)
    return {"found": "a story"}


@tool(name="book", description="Book something.")
async def book(call: ToolContext, args: Job) -> dict[str, str]:
    """Must never happen twice."""
    await call.progress("Booking")
    await asyncio.sleep(args.seconds)
    _leave_effect("book", call)
    await call.widget({"type": "Card", "children": [{"type": "Text", "value": "Booked"}]})
    await asyncio.sleep(args.seconds)
    return {"booked": "yes"}


def _leave_effect(name: str, call: ToolContext) -> None:
    line = f"{call.turn_id} {name} {call.key}\n".encode()
    file = os.open(os.environ[EFFECTS_FILE], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line)  # one write, so that lines of several processes never mix
    finally:
        os.close(file)
