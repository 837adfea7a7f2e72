"""A thread's title, which a second agent makes while the first message is answered."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from agents import Agent, InputGuardrail, Model, RunConfig, Runner
from chatkit.types import ThreadMetadata, UserMessageItem

from turnstream_guide.context import GuideContext

TITLE_INSTRUCTIONS = (
    "Write a short title for a conversation that begins with the user's message: two to six words "
    "in the user's language, without quotes or a full stop. Answer with the title only."
)
LONGEST_TITLE = 60
"""Characters that fit on a line of the history list."""
TIMEOUT = timedelta(seconds=5)
"""The longest that a finished answer waits for its title."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def titled(
    thread: ThreadMetadata,
    message: UserMessageItem | None,
    model: Model,
    guardrails: Sequence[InputGuardrail[GuideContext]] = (),
) -> AsyncIterator[None]:
    """Make a title while the body runs, for a thread without one.

    There is none for a message that a guardrail refuses. The title is set on `thread` as soon as it
    is known, at the latest when the block ends. Nothing is raised, and nothing is left running
    after the block.
    """
    subject = "" if thread.title or message is None else _subject(message)
    if not subject:
        yield
        return
    task = asyncio.create_task(_set_title(thread, subject, model, guardrails))
    try:
        yield
        await asyncio.wait({task}, timeout=TIMEOUT.total_seconds())
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _set_title(
    thread: ThreadMetadata,
    subject: str,
    model: Model,
    guardrails: Sequence[InputGuardrail[GuideContext]],
) -> None:
    agent = Agent(
        name="title",
        instructions=TITLE_INSTRUCTIONS,
        model=model,
        input_guardrails=list(guardrails),
    )
    try:
        result = await Runner.run(agent, subject, run_config=RunConfig(group_id=thread.id))
        thread.title = _clean(str(result.final_output)) or thread.title
    except Exception as error:
        log.warning("a thread got no title", thread_id=thread.id, error=error)


def _subject(message: UserMessageItem) -> str:
    text = "".join(part.text for part in message.content).strip()
    return text or ", ".join(attachment.name for attachment in message.attachments)


def _clean(title: str) -> str:
    first_line = next((line for line in title.splitlines() if line.strip()), "")
    words = re.sub(r"\s+", " ", first_line).strip(" \"'“”«»`*#.")
    return words if len(words) <= LONGEST_TITLE else f"{words[: LONGEST_TITLE - 1].rstrip()}…"
