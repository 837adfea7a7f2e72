"""`long_running_task`: a call that takes its time and says how far it is."""

import asyncio
from datetime import timedelta

from pydantic import BaseModel, Field
from turnstream.contracts.tools import Phrase
from turnstream.i18n import N_
from turnstream_tools.context import ToolContext
from turnstream_tools.registry import tool

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
    hint=N_("run a long task for 5 seconds"),
    phrases=[
        Phrase(pattern=r"\blong\b[^.?!]*\btask\b[^.?!]*?\b(?P<seconds>\d+)\s*s"),
        Phrase(pattern=r"\blong\b[^.?!]*\btask\b", arguments={"seconds": 5}),
        Phrase(pattern=r"(?P<seconds>\d+)\s*秒.*(?:長|长)(?:時間|时间)?.*(?:工作|任務|任务)"),
        Phrase(pattern=r"(?:長|长)(?:時間|时间)?.*(?:工作|任務|任务)", arguments={"seconds": 5}),
    ],
)
async def long_running_task(call: ToolContext, args: LongRunningTask) -> dict[str, object]:
    """Count the seconds.

    Idempotent: it has no effect outside itself, so after a crash another service may simply start
    it again, and the user gets an answer.
    """
    seconds = args.seconds or DEFAULT_SECONDS
    _ = call.translate
    for second in range(1, seconds + 1):
        working = _("Working … {second} of {seconds}").format(second=second, seconds=seconds)
        await call.progress(working, icon="clock")
        await asyncio.sleep(1)
    summary = _("The task took {seconds} seconds.").format(seconds=seconds)
    return {"status": "completed", "seconds": seconds, "summary": summary}
