"""Parallel agents: three answer at the same time, and a fourth picks the best.

The code starts them with `asyncio.gather`; each is a workflow task that completes on its own.
"""

import asyncio
import re
from collections.abc import Coroutine, Iterable, Sequence
from typing import Annotated, Any

from agents import Runner, Tool, function_tool
from chatkit.types import CustomTask, Task, Workflow
from pydantic import BaseModel, Field
from turnstream.i18n import N_

from turnstream_guide.cards.cards import summary_output
from turnstream_guide.context import GuideAgent, GuideContext, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say, language
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Turn

STYLES = {
    "brief": N_("In one sentence"),
    "vivid": N_("With a picture"),
    "thorough": N_("Step by step"),
}
"""The agents, and the title of the task that each of them has."""
EXPLAINER = """\
You are the {style} explainer. Explain what the message asks in a {style} way, in its language, in
no more than three sentences.

Locale: {locale}
"""
PICKER = """\
You are the picker. The message holds a question and three numbered answers. Pick the one that helps
most.
"""
LONGEST = 600
"""Characters of an answer that its task shows."""

PLAYED = {
    "brief": N_("{question}: that is quickly said."),
    "vivid": N_("Imagine {question} as a river: it never stands still."),
    "thorough": N_("First look at {question}, then at what comes of it, then again."),
}
_STYLE = re.compile(r"You are the (\w+) explainer")
_ANSWER = re.compile(r"^(\d)\. (.*)$", re.MULTILINE)


class BestAnswer(BaseModel):
    """The answer that helps most."""

    number: int = Field(ge=1, le=len(STYLES))


def _tools(turn: Turn) -> list[Tool]:
    # No error function: when the model is not available the turn fails, and is tried again.
    @function_tool(failure_error_function=None)
    async def compare_explanations(
        ctx: RunContext,
        question: Annotated[str, Field(min_length=1, max_length=200)],
    ) -> str:
        """Explain something in three ways at the same time and pick the best, when asked to.

        Args:
            question: What to explain.
        """
        _, context = turn.translate, ctx.context
        titles = STYLES.values()
        tasks: list[Task] = [
            CustomTask(title=_(title), status_indicator="loading") for title in titles
        ]
        await context.end_workflow()
        await context.start_workflow(Workflow(type="custom", tasks=tasks, expanded=True))
        answers = await _all(
            _explained(turn, context, question, number) for number in range(len(STYLES))
        )
        best = await _picked(turn, context, question, answers)
        await context.end_workflow()
        return summary_output(_("The best of three: {answer}").format(answer=best))

    return [compare_explanations]


async def _explained(turn: Turn, context: GuideContext, question: str, number: int) -> str:
    """The answer of the agent of this number; its task is complete then."""
    style, title = list(STYLES.items())[number]
    instructions = EXPLAINER.format(style=style, locale=turn.locale)
    agent = GuideAgent(name=f"{style} explainer", instructions=instructions, model=turn.model)
    result = await Runner.run(agent, question, context=context, hooks=turn.hooks)
    answer = str(result.final_output)
    done = CustomTask(
        title=turn.translate(title), content=answer[:LONGEST], status_indicator="complete"
    )
    await context.update_workflow_task(done, number)
    return answer


async def _picked(turn: Turn, context: GuideContext, question: str, answers: Sequence[str]) -> str:
    picker = GuideAgent(
        name="picker", instructions=PICKER, model=turn.model, output_type=BestAnswer
    )
    listed = (f"{number}. {' '.join(text.split())}" for number, text in enumerate(answers, start=1))
    asked = "\n".join([question, *listed])
    result = await Runner.run(picker, asked, context=context, hooks=turn.hooks)
    pick = result.final_output_as(BestAnswer, raise_if_incorrect_type=True)
    return answers[pick.number - 1]


async def _all(several: Iterable[Coroutine[Any, Any, str]]) -> list[str]:
    """All results. When one fails, the others are cancelled."""
    running = [asyncio.create_task(one) for one in several]
    try:
        return list(await asyncio.gather(*running))
    finally:
        for one in running:
            one.cancel()


def _explainer_plays(request: Request) -> Plan | None:
    style = _STYLE.match(request.instructions)
    if style is None:
        return None
    _ = translator(language(request))
    return Say(_(PLAYED[style[1]]).format(question=request.said))


def _picker_plays(request: Request) -> Plan | None:
    """The demo model picks the longest answer."""
    if not request.instructions.startswith("You are the picker"):
        return None
    longest = max(_ANSWER.findall(request.said), key=lambda each: len(each[1]), default=("1", ""))
    return Say(BestAnswer(number=int(longest[0])).model_dump_json())


DEMONSTRATION = Demonstration(tools=_tools, rules=(_explainer_plays, _picker_plays))
