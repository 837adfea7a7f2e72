"""A handoff: a second agent takes over, shows its thoughts to the user, and answers."""

import re

from agents import (
    Handoff,
    Model,
    ModelSettings,
    OpenAIResponsesModel,
    handoff,
)
from agents.extensions import handoff_filters
from agents.extensions.handoff_prompt import RECOMMENDED_PROMPT_PREFIX
from chatkit.types import CustomSummary, ProgressUpdateEvent, Workflow
from openai.types.shared import Reasoning
from turnstream.i18n import N_

from turnstream_guide.context import GuideAgent, GuideContext, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Call, Plan, Request, Say
from turnstream_guide.keyless_model.sentences import language
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Turn

NAME = "thinking_agent_handoff"
ROLE = "You are the thinking agent."
INSTRUCTIONS = f"""{RECOMMENDED_PROMPT_PREFIX}
{ROLE} The guide hands a user over to you who wants something thought through. Think thoroughly,
then answer in the user's language: the result first, then the reasons that decided.

Locale: {{locale}}
"""

_ASKED = re.compile(
    r"\bthink(?:ing)? (?:very |really )?(?:hard|deeply|carefully)\b(?: about (?P<about>[^.?!]+))?"
    r"|(?:仔細|仔细|認真|认真|好好)(?:地)?(?:想想|想一想|思考)(?P<thema>[^。？！]*)",
    re.IGNORECASE,
)
_REASONS = re.compile(r"^(?:gpt-[5-9]|o\d)", re.IGNORECASE)
"""Names of OpenAI's models that take reasoning settings; every other one refuses them."""

THOUGHT = N_("I was given this to think about: {about}. I look at it from both sides first.")
ANSWER = N_(
    "I am the thinking agent, and the guide handed you over to me. I thought about {about}; being "
    "played by the demo model, I can show how it looks and not what follows."
)


def _handoffs(turn: Turn) -> list[Handoff[GuideContext]]:
    _ = turn.translate

    async def announce(ctx: RunContext) -> None:
        """Open the workflow for the thoughts, with the new agent's name."""
        context = ctx.context
        summary = CustomSummary(title=_("Handed over to the thinking agent"), icon="lightbulb")
        if context.workflow_item:  # the guide thought, too
            context.workflow_item.workflow.summary = summary
        else:
            await context.start_workflow(Workflow(type="reasoning", tasks=[], summary=summary))
        await context.stream(ProgressUpdateEvent(text=_("Handing over to the thinking agent …")))

    thinker = GuideAgent(
        name="thinking agent",
        instructions=INSTRUCTIONS.format(locale=turn.locale),
        model=turn.model,
        model_settings=_settings(turn.model),
    )
    return [
        handoff(
            thinker,
            tool_name_override=NAME,
            tool_description_override="Hand over what needs hard thinking, when the user asks so.",
            on_handoff=announce,
            input_filter=handoff_filters.remove_all_tools,
        )
    ]


def _settings(model: Model) -> ModelSettings:
    """Thorough reasoning with a summary to show, from models that are known to take the wish."""
    if isinstance(model, OpenAIResponsesModel) and _REASONS.match(str(model.model)):
        return ModelSettings(reasoning=Reasoning(effort="high", summary="auto"))
    return ModelSettings()


def _guide_hands_over(request: Request) -> Plan | None:
    asked = NAME in request.offers and _ASKED.search(request.said)
    return Call(NAME) if asked else None


def _thinker_thinks(request: Request) -> Plan | None:
    if ROLE not in request.instructions:
        return None
    _ = translator(language(request))
    match = _ASKED.search(request.said)
    about = (match and (match["about"] or match["thema"])) or request.said
    about = about.strip()[:200]
    return Say(_(ANSWER).format(about=about), thought=_(THOUGHT).format(about=about))


DEMONSTRATION = Demonstration(
    handoffs=_handoffs,
    rules=(_guide_hands_over, _thinker_thinks),
    instructions=f"When the user asks you to think hard about something, call {NAME}.",
)
