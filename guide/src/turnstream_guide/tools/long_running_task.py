"""`long_running_task`: a call that takes its time and says how far it is."""

import asyncio
from datetime import timedelta

from pydantic import BaseModel, Field
from turnstream_tools import ToolContext, tool

from turnstream_guide.language.texts import translator

DEFAULT_SECONDS = 20
LONGEST_SECONDS = 600


class LongRunningTask(BaseModel):
    """How long to work."""

    seconds: int | None = Field(
        default=None,
        ge=1,
        le=LONGEST_SECONDS,
        description=f"How long the task takes, in seconds. Null means {DEFAULT_SECONDS}.",
    )


@tool(
    name="long_running_task",
    description="Run a demonstration task that takes a while and reports its progress.",
    timeout=timedelta(seconds=LONGEST_SECONDS + 60),
    idempotent=True,
)
async def long_running_task(call: ToolContext, args: LongRunningTask) -> dict[str, object]:
    """Count the seconds.

    Idempotent: it has no effect outside itself, so after a crash another service may simply start
    it again, and the user gets an answer.
    """
    seconds = args.seconds or DEFAULT_SECONDS
    _ = translator(call.locale)
    for second in range(1, seconds + 1):
        working = _("Working … {second} of {seconds}").format(second=second, seconds=seconds)
        await call.progress(working, icon="clock")
        await asyncio.sleep(1)
    summary = _("The task took {seconds} seconds.").format(seconds=seconds)
    return {"status": "completed", "seconds": seconds, "summary": summary}
