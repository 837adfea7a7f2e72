"""`long_running_server_tool_status`: what a long tool is doing right now, stage by stage."""

import asyncio
from datetime import timedelta

from pydantic import BaseModel, Field
from turnstream.contracts.turns import Json
from turnstream.i18n import N_
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator

DEFAULT_SECONDS = 4
LONGEST_SECONDS = 120

STAGES = (
    ("notebook", N_("Planning what to do …")),
    ("globe", N_("Fetching the data …")),
    ("analytics", N_("Computing the numbers …")),
    ("write", N_("Writing up the result …")),
)
"""Icon and text of each stage; they take equally long."""


class LongRunningServerToolStatus(BaseModel):
    """How long to work."""

    seconds: int | None = Field(
        default=None,
        ge=1,
        le=LONGEST_SECONDS,
        description=f"How long all stages take, in seconds. Null means {DEFAULT_SECONDS}.",
    )


@tool(
    name="long_running_server_tool_status",
    description="Run a demonstration tool that works in stages and tells the status of each.",
    timeout=timedelta(seconds=LONGEST_SECONDS + 30),
    idempotent=True,
)
async def long_running_server_tool_status(
    call: ToolContext, args: LongRunningServerToolStatus
) -> Json:
    """Go through the stages. It has no effect outside itself, so it may be run again."""
    _ = translator(call.locale)
    seconds = args.seconds or DEFAULT_SECONDS
    for icon, text in STAGES:
        await call.progress(_(text), icon=icon)
        await asyncio.sleep(seconds / len(STAGES))
    summary = _("All {stages} stages are done, after {seconds} seconds.")
    return {
        "status": "completed",
        "stages": len(STAGES),
        "seconds": seconds,
        "summary": summary.format(stages=len(STAGES), seconds=seconds),
    }
