"""Structured output: an agent whose answer is data, and the data is a card."""

import re
from typing import Annotated

from agents import Runner, Tool, function_tool
from chatkit.widgets import DynamicWidgetRoot
from pydantic import BaseModel, Field

from turnstream_guide.cards.cards import Node, card, summary_output
from turnstream_guide.context import GuideAgent, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say
from turnstream_guide.language.phrasing import listed
from turnstream_guide.turn import Turn

EXTRACTOR = """\
You read a description of a person and fill in a business card. Take over only what the description
says, in its language; what it does not say is empty.
"""
_LONGEST = 500

_PERSON = re.compile(
    r"(?P<name>[^,，、.]+)[,，、]\s*(?P<role>.+?)(?:\s+in\s+|[，,、]\s*住?在?)(?P<place>[^,，、.。]+)"
    r"|(?P<only>[^,，、.]+)"
)


class BusinessCard(BaseModel):
    """What stands on a card."""

    name: str = Field(max_length=80)
    role: str = Field(max_length=80)
    place: str = Field(max_length=80)


def _tools(turn: Turn) -> list[Tool]:
    # No error function: when the model is not available the turn fails, and is tried again.
    @function_tool(failure_error_function=None)
    async def make_business_card(
        ctx: RunContext,
        description: Annotated[str, Field(min_length=1, max_length=_LONGEST)],
    ) -> str:
        """Make a business card from a description of a person, when the user asks for one.

        Args:
            description: What the user said about the person, in the user's words.
        """
        extractor = GuideAgent(
            name="business card",
            instructions=EXTRACTOR,
            model=turn.model,
            output_type=BusinessCard,
        )
        # A run of its own: the guide's streams to the user, and this one's JSON is not for them.
        result = await Runner.run(extractor, description, context=ctx.context, hooks=turn.hooks)
        found = result.final_output_as(BusinessCard, raise_if_incorrect_type=True)
        await ctx.context.stream_widget(
            _drawn(found), copy_text=listed(_lines(found), turn.translate)
        )
        return summary_output(turn.translate("Here is the card of {name}.").format(name=found.name))

    return [make_business_card]


def _drawn(found: BusinessCard) -> DynamicWidgetRoot:
    first, *rest = _lines(found)
    lines: list[Node] = [{"type": "Title", "value": first}]
    lines += [{"type": "Text", "value": line} for line in rest]
    return card("business-card", *lines)


def _lines(found: BusinessCard) -> list[str]:
    return [line for line in (found.name, found.role, found.place) if line]


def _extractor_plays(request: Request) -> Plan | None:
    """The demo model reads "name, role in place"."""
    if not request.instructions.startswith("You read a description of a person"):
        return None
    match = _PERSON.search(request.said)
    parts = match.groupdict("") if match else {"only": request.said}
    found = BusinessCard(
        name=(parts.get("name") or parts["only"]).strip()[:80],
        role=parts.get("role", "").strip()[:80],
        place=parts.get("place", "").strip()[:80],
    )
    return Say(found.model_dump_json())


DEMONSTRATION = Demonstration(tools=_tools, rules=(_extractor_plays,))
