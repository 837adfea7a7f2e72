"""The guide asks: questions with choices and free text, answered or skipped at any later time.

The questions are one `structured_input` item, and the run ends after it: no server waits. The
answers come as a request of their own, are kept in the item, and have the guide go on.
"""

import re
from collections.abc import Sequence

from agents import Tool, function_tool
from chatkit.types import (
    StructuredInput,
    StructuredInputFreeform,
    StructuredInputItem,
    StructuredInputMultipleChoice,
    StructuredInputMultipleChoiceOption,
    ThreadItemDoneEvent,
)
from pydantic import BaseModel
from turnstream.i18n import Translate

from turnstream_guide.cards.cards import summary_output
from turnstream_guide.context import RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say, language
from turnstream_guide.language.phrasing import listed, running_text
from turnstream_guide.language.texts import translator
from turnstream_guide.times import now
from turnstream_guide.turn import Turn

MAX_QUESTIONS = 5
MAX_OPTIONS = 8
"""More options would be a form."""
MAX_TEXT = 200
"""Characters of a question or an option."""

_ANSWERED = re.compile(r"^- (?P<question>.*): (?P<answer>.*)$", re.MULTILINE)


class Question(BaseModel):
    """A question. Without options it is answered in the user's own words."""

    question: str
    options: list[str]
    several: bool
    """True when more than one option may be chosen."""


def tools(turn: Turn) -> Sequence[Tool]:
    """The tool that asks."""
    _ = turn.translate

    @function_tool
    async def ask_questions(ctx: RunContext, questions: list[Question]) -> str:
        """Ask the user up to five questions in a form; each may be skipped. You go on when they
        have answered.

        Args:
            questions: What to ask. Empty to ask what they are building.
        """
        asked = questions[:MAX_QUESTIONS] or _about_their_app(_)
        item = StructuredInputItem(
            id=ctx.context.generate_id("message"),
            thread_id=turn.thread.id,
            created_at=now(),
            inputs=[_input(f"q{number}", question) for number, question in enumerate(asked, 1)],
        )
        await ctx.context.stream(ThreadItemDoneEvent(item=item))
        return summary_output(_("The questions are on the screen."))

    return [ask_questions]


def react(request: Request) -> Plan | None:
    """The demo model's reply to answers."""
    acted = request.conversation.acted
    if "<StructuredInput>" not in acted or request.conversation.outcomes:
        return None
    _ = translator(language(request))
    answers = {match["question"]: match["answer"] for match in _ANSWERED.finditer(acted)}
    given = [answer for answer in answers.values() if answer not in ("skipped", "unanswered")]
    skipped = [question for question, answer in answers.items() if answer == "skipped"]
    if not given:
        return Say(_("You skipped the questions, and that is fine. What would you like to see?"))
    lines = [
        _("Thank you. I understood: {answers}.").format(
            answers=_("; ").join(listed(each.split(", "), _) for each in given)
        )
    ]
    if skipped:
        lines.append(_("You left out: {questions}").format(questions=running_text(skipped)))
    return Say(running_text(lines))


def _about_their_app(_: Translate) -> list[Question]:
    kinds = [_("A support chat"), _("A tool for colleagues"), _("Something else")]
    parts = [_("Widgets"), _("Forms"), _("Files")]
    return [
        Question(question=_("What are you building?"), options=kinds, several=False),
        Question(question=_("What should it have?"), options=parts, several=True),
        Question(question=_("What worries you most?"), options=[], several=False),
    ]


def _input(name: str, asked: Question) -> StructuredInput:
    question, options = asked.question[:MAX_TEXT], asked.options[:MAX_OPTIONS]
    if not options:
        return StructuredInputFreeform(id=name, question=question)
    return StructuredInputMultipleChoice(
        id=name,
        question=question,
        options=[StructuredInputMultipleChoiceOption(value=each[:MAX_TEXT]) for each in options],
        multiple=asked.several,
    )


DEMONSTRATION = Demonstration(
    tools=tools,
    ends_run=("ask_questions",),
    rules=(react,),
    instructions="To ask the user several things at once, call ask_questions. When they have "
    "answered, go into what they said; never ask again what they skipped.",
)
