"""Three kinds of guardrails: on the message, on the answer, and on the arguments of a tool."""

import re
from typing import Annotated, Any

from agents import (
    GuardrailFunctionOutput,
    InputGuardrail,
    OutputGuardrail,
    Tool,
    ToolGuardrailFunctionOutput,
    ToolInputGuardrailData,
    function_tool,
    tool_input_guardrail,
)
from chatkit.types import NoticeEvent, UserMessageItem, UserMessageTextContent
from pydantic import BaseModel, Field, ValidationError
from turnstream.i18n import N_

from turnstream_guide.cards.cards import summary_output
from turnstream_guide.context import GuideAgent, GuideContext, RunContext
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Plan, Request, Say, language
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Refusal, Turn

LIMIT = 100
"""Play money that may be spent at once."""
MASK = "•••"

_SECRET = re.compile(
    r"\b(?:sk|pk|rk)-[\w-]{16,}|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_\w{30,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
)
"""What keys of common services look like."""
_INVENT = re.compile(
    r"\bmake up an? (?:api )?key\b|(?:編|编|造)(?:一個|一个).{0,8}(?:金鑰|密鑰|密钥)", re.IGNORECASE
)

SENT = N_(
    "Your message held what looks like a key. No model has seen it, and it is masked in this "
    "conversation. If it is a real one, replace it with the service it belongs to."
)
ANSWERED = N_("The answer held what looks like a key, so it was taken back.")
TOO_MUCH = N_("{amount} is more than the {limit} that may be spent at once, so nothing was spent.")
SPENT = N_("Spent {amount} of play money on {purpose}.")


Amount = Annotated[int, Field(ge=1)]


class Spending(BaseModel):
    """The arguments as the tool itself would read them: `"500"` is 500 for both."""

    amount: Amount


def _input_guardrails(turn: Turn) -> list[InputGuardrail[GuideContext]]:
    def no_keys(*_: object) -> GuardrailFunctionOutput:
        masked = _masked(turn.message) if turn.message else None
        refusal = Refusal(turn.translate(SENT), masked) if masked else None
        return GuardrailFunctionOutput(refusal, tripwire_triggered=refusal is not None)

    # Not in parallel with the model: the key would have been sent already.
    return [InputGuardrail(no_keys, run_in_parallel=False)]


def _output_guardrails(turn: Turn) -> list[OutputGuardrail[GuideContext]]:
    def no_keys(_: RunContext, __: GuideAgent, answer: Any) -> GuardrailFunctionOutput:
        refusal = Refusal(turn.translate(ANSWERED)) if _SECRET.search(str(answer)) else None
        return GuardrailFunctionOutput(refusal, tripwire_triggered=refusal is not None)

    return [OutputGuardrail(no_keys)]


def _tools(turn: Turn) -> list[Tool]:
    _ = turn.translate

    @tool_input_guardrail
    async def within_limit(data: ToolInputGuardrailData) -> ToolGuardrailFunctionOutput:
        try:
            amount = Spending.model_validate_json(data.context.tool_arguments).amount
        except ValidationError:  # the tool refuses those itself, and tells the model why
            return ToolGuardrailFunctionOutput.allow()
        if amount <= LIMIT:
            return ToolGuardrailFunctionOutput.allow()
        refused = _(TOO_MUCH).format(amount=amount, limit=LIMIT)
        await data.context.context.stream(
            NoticeEvent(level="warning", title=_("Over the limit"), message=refused)
        )
        return ToolGuardrailFunctionOutput.reject_content(summary_output(refused))

    @function_tool(tool_input_guardrails=[within_limit])
    def spend_play_money(
        amount: Amount,
        purpose: Annotated[str, Field(min_length=1, max_length=200)],
    ) -> str:
        """Spend play money, when the user asks to.

        Args:
            amount: How much.
            purpose: What for.
        """
        return summary_output(_(SPENT).format(amount=amount, purpose=purpose))

    return [spend_play_money]


def _masked(message: UserMessageItem) -> UserMessageItem | None:
    """The message without its keys; None when it has none."""
    quoted = message.quoted_text
    masked = message.model_copy(
        update={
            "content": [
                part.model_copy(update={"text": _SECRET.sub(MASK, part.text)})
                if isinstance(part, UserMessageTextContent)
                else part
                for part in message.content
            ],
            "quoted_text": _SECRET.sub(MASK, quoted) if quoted else quoted,
        }
    )
    return None if masked == message else masked


def _guide_invents_a_key(request: Request) -> Plan | None:
    """The demo model breaks the rule, so that the output guardrail trips."""
    if "spend_play_money" not in request.offers or not _INVENT.search(request.said):
        return None
    _ = translator(language(request))
    return Say(_("Here is one: {key}").format(key=f"sk-{'invented' * 3}"))


DEMONSTRATION = Demonstration(
    tools=_tools,
    input_guardrails=_input_guardrails,
    output_guardrails=_output_guardrails,
    rules=(_guide_invents_a_key,),
)
