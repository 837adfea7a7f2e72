"""An evaluator loop: one agent writes, another judges, and the first writes again.

The code runs the loop, not a model: it ends with the judge's approval or after `ROUNDS`.
"""

import re
from typing import Annotated, Any

from agents import Agent, Runner, Tool, function_tool
from chatkit.icons import IconName
from chatkit.types import CustomTask, Workflow
from pydantic import BaseModel, Field
from turnstream.i18n import N_

from turnstream_guide.cards.cards import summary_output
from turnstream_guide.context import GuideAgent, GuideContext, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say, language
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Turn

WRITER = """\
You are the slogan writer. Write one slogan for what the message names, in its language. When the
message holds a draft and advice, follow the advice. Answer with the slogan only.

Locale: {locale}
"""
JUDGE = """\
You are the slogan judge. A good slogan is short, true and says something particular. Judge the
draft; advise in one sentence, in the draft's language, what would make it better.

Locale: {locale}
"""
ROUNDS = 3
"""Drafts at most, for a judge that accepts none."""

ENOUGH = 40
"""Columns of a slogan that the demo model's judge calls short; see `_width`."""
FIRST = N_("Everything that you could ever wish for, and then a little more, is what {about} is")
SECOND = N_("{about}: just right")
SHORTER = N_("Make it shorter.")
FINE = N_("Short and clear.")
_ABOUT = re.compile(r"^Slogan for: (.*)$", re.MULTILINE)
_DRAFT = re.compile(r"^Draft: (.*)$", re.MULTILINE)


class Evaluation(BaseModel):
    """What the judge says of a draft."""

    good: bool
    advice: str = Field(max_length=300)


def _tools(turn: Turn) -> list[Tool]:
    # No error function: when the model is not available the turn fails, and is tried again.
    @function_tool(failure_error_function=None)
    async def write_slogan(
        ctx: RunContext,
        about: Annotated[str, Field(min_length=1, max_length=200)],
    ) -> str:
        """Have a slogan written and judged until it is good, when the user asks for one.

        Args:
            about: What the slogan is for.
        """
        _, context = turn.translate, ctx.context
        wanted = CustomTask(title=_("A slogan is wanted"), content=about)
        await context.end_workflow()
        await context.start_workflow(Workflow(type="custom", tasks=[wanted], expanded=True))
        drafts, last = await _written(turn, context, about)
        await context.end_workflow()
        return summary_output(_("It is draft {number}: {draft}").format(number=drafts, draft=last))

    return [write_slogan]


async def _written(turn: Turn, context: GuideContext, about: str) -> tuple[int, str]:
    """How many drafts it took, and the last one."""
    _ = turn.translate
    writer, judge = _writer(turn), _judge(turn)
    request, criticism = f"Slogan for: {about}", ""
    for number in range(1, ROUNDS + 1):
        draft = str(await _answer_of(turn, context, writer, request + criticism))
        title = _("Draft {number}").format(number=number)
        await context.add_workflow_task(CustomTask(title=title, icon="write", content=draft))
        judged = f"\nDraft: {draft}"
        evaluation: Evaluation = await _answer_of(turn, context, judge, request + judged)
        title = _("Verdict {number}").format(number=number)
        icon: IconName = "check-circle" if evaluation.good else "lightbulb"
        task = CustomTask(title=title, icon=icon, content=evaluation.advice)
        await context.add_workflow_task(task)
        if evaluation.good:
            break
        criticism = f"{judged}\nAdvice: {evaluation.advice}"
    return number, draft


async def _answer_of(turn: Turn, context: GuideContext, agent: GuideAgent, text: str) -> Any:
    result = await Runner.run(agent, text, context=context, hooks=turn.hooks)
    return result.final_output


def _writer(turn: Turn) -> GuideAgent:
    instructions = WRITER.format(locale=turn.locale)
    return Agent(name="slogan writer", instructions=instructions, model=turn.model)


def _judge(turn: Turn) -> GuideAgent:
    instructions = JUDGE.format(locale=turn.locale)
    return Agent(
        name="slogan judge", instructions=instructions, model=turn.model, output_type=Evaluation
    )


def _writer_plays(request: Request) -> Plan | None:
    if not request.instructions.startswith("You are the slogan writer"):
        return None
    _ = translator(language(request))
    match = _ABOUT.search(request.said)
    slogan = SECOND if "Advice: " in request.said else FIRST
    return Say(_(slogan).format(about=match[1] if match else request.said))


def _judge_plays(request: Request) -> Plan | None:
    if not request.instructions.startswith("You are the slogan judge"):
        return None
    _ = translator(language(request))
    match = _DRAFT.search(request.said)
    good = match is not None and _width(match[1]) <= ENOUGH
    return Say(Evaluation(good=good, advice=_(FINE if good else SHORTER)).model_dump_json())


def _width(slogan: str) -> int:
    """How long a slogan is, whatever the script: a Chinese character says about three letters."""
    return sum(3 if "\u4e00" <= each <= "\u9fff" else 1 for each in slogan)


DEMONSTRATION = Demonstration(tools=_tools, rules=(_writer_plays, _judge_plays))
