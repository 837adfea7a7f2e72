"""A reasoning workflow: the user sees each thought as it streams, and how long it all took."""

import asyncio
import re
from typing import Annotated

from agents import Tool, function_tool
from chatkit.types import ThoughtTask, Workflow
from pydantic import Field
from turnstream.i18n import N_

from turnstream_guide.context import GuideContext, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Call, Plan, Request, Say
from turnstream_guide.keyless_model.events import TOKEN
from turnstream_guide.keyless_model.sentences import language
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Turn

PIECE_SECONDS = 0.04
"""The pause between two pieces of a thought: slow enough to read along."""

_ASKED = re.compile(
    r"\b(?:your |the |a )?chain of thought\b|(?:展示|顯示|显示|示範|示范).{0,8}思考(?:過程|过程)",
    re.IGNORECASE,
)

THOUGHTS = (
    N_("The user wants to see how I think. A chain of thought is a workflow of type reasoning."),
    N_("Each thought is a task of it. I stream a thought piece by piece by updating its task."),
    N_("At the end the workflow closes with how long it took, and the answer follows."),
)
CONCLUSION = N_("That was my chain of thought: open the workflow above to read it again.")


@function_tool
async def demo_cot(
    ctx: RunContext,
    thoughts: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=500)]],
        Field(min_length=1, max_length=8),
    ],
) -> str:
    """Show your chain of thought to a user who asks to see it.

    Args:
        thoughts: What you think about the user's question, step by step, in the user's language;
            a sentence or two each.
    """
    context = ctx.context
    await context.end_workflow()
    first, *others = [ThoughtTask(content="") for _ in thoughts]
    await context.start_workflow(Workflow(type="reasoning", tasks=[first]))
    await _think(context, first, 0, thoughts[0])
    for number, task in enumerate(others, start=1):
        await context.add_workflow_task(task)
        await _think(context, task, number, thoughts[number])
    await context.end_workflow()
    return "The user has seen the thoughts. Give the answer they lead to, without repeating them."


async def _think(context: GuideContext, task: ThoughtTask, number: int, thought: str) -> None:
    for piece in TOKEN.findall(thought):
        await asyncio.sleep(PIECE_SECONDS)
        task.content += piece
        await context.update_workflow_task(task, number)


def _tools(_: Turn) -> list[Tool]:
    return [demo_cot]


def _played(request: Request) -> Plan | None:
    """The demo model thinks about what a chain of thought is."""
    if "demo_cot" not in request.offers or not _ASKED.search(request.said):
        return None
    _ = translator(language(request))
    if request.conversation.outcomes:
        return Say(_(CONCLUSION))
    return Call("demo_cot", {"thoughts": [_(thought) for thought in THOUGHTS]})


DEMONSTRATION = Demonstration(tools=_tools, rules=(_played,))
