"""Human in the loop: a sensitive tool waits until the user approves or rejects its call.

`send_email` says `needs_approval` in the catalogue; nothing else is special about it. Several
emails are written by an agent of their own, which may call tools side by side, so that the user
sees all of them at once and decides about each.
"""

import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import Annotated, Literal

from agents import ModelSettings
from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from turnstream.contracts.approvals import REASON_LIMIT, Decision, Verdict

from turnstream_guide.context import GuideAgent
from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.keyless_model import Call, Calls, Plan, Request, Say
from turnstream_guide.keyless_model.outcomes import tell
from turnstream_guide.keyless_model.sentences import language
from turnstream_guide.language.phrasing import running_text
from turnstream_guide.language.texts import translator
from turnstream_guide.turn import Events, Turn

TOOL = "send_email"
SECRETARY = "secretary"
HANDOFF = f"transfer_to_{SECRETARY}"
MOST_EMAILS = 5
"""Emails that the demo model writes at once."""

INSTRUCTIONS = """\
You are the secretary of the ChatKit guide: you write emails to several people. Call send_email
once for each of them, all in one answer; the user then decides about each. Afterwards say in a
sentence what was sent and what was not. Answer in the user's language.

Locale: {locale}
"""

# Bounded, as every pattern that reads a message must be: a megabyte without @ would take hours.
_ADDRESS = re.compile(r"[^@\s<>,;:，；：、和與与]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.ASCII)
_BODY = re.compile(r"(?:\bsaying\s+|[說说]\s*[：:]?)(?P<body>[^\n。]+)", re.IGNORECASE)
_WRITE = re.compile(r"\be-?mails?\b|郵件|邮件|信", re.IGNORECASE)


def _storable(text: str) -> str:
    return text.replace("\x00", "")


class ApprovalChoice(BaseModel):
    """Which call, what to do about it, and why."""

    call_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    verdict: Literal[Verdict.APPROVED, Verdict.REJECTED]
    reason: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)] = (
        Field(default="", max_length=REASON_LIMIT)
    )


class DecideAction(BaseModel):
    """A button of an approval card."""

    type: Literal["approval.decide"]
    payload: ApprovalChoice


async def decide(action: DecideAction, turn: Turn) -> Events:
    """Resume the run with the decision. A reason is used for a rejection only."""
    chosen = action.payload
    reason = chosen.reason if chosen.verdict is Verdict.REJECTED else ""
    decision = Decision(call_id=chosen.call_id, verdict=chosen.verdict, reason=reason)
    async with aclosing(turn.resume(decision)) as events:
        async for event in events:
            yield event


def secretary(turn: Turn) -> Sequence[GuideAgent]:
    """The agent that writes several emails, where the catalogue has the tool for it."""
    tools = [tool for tool in turn.tools() if tool.name == TOOL]
    if not tools:
        return ()
    agent = GuideAgent(
        name=SECRETARY,
        handoff_description="Writes emails to several people at once.",
        instructions=INSTRUCTIONS.format(locale=turn.locale),
        model=turn.model,
        model_settings=ModelSettings(parallel_tool_calls=True),
        tools=tools,
    )
    return (agent,)


def write_emails(request: Request) -> Plan | None:
    """The demo model's part: hand over for several addresses, then write to each of them."""
    addresses = list(dict.fromkeys(_ADDRESS.findall(request.said)))[:MOST_EMAILS]
    if len(addresses) < 2 or not _WRITE.search(request.said):
        return None
    if HANDOFF in request.offers:
        return Call(HANDOFF)
    _ = translator(language(request))
    sent = [outcome for outcome in request.conversation.outcomes if outcome.tool == TOOL]
    if sent:
        return Say(running_text(tell(outcome, _) for outcome in sent))
    if TOOL not in request.offers:
        return None
    body = _BODY.search(request.said)
    text = {"subject": _("Hello"), "body": body["body"].strip() if body else _("Hello!")}
    return Calls(tuple(Call(TOOL, {"to": address, **text}) for address in addresses))


DEMONSTRATION = Demonstration(
    handoffs=secretary,
    actions={DecideAction: decide},
    rules=(write_emails,),
    instructions=(
        f"{TOOL} sends one email, after the user has agreed to it on a card. For emails to several "
        f"people hand over with {HANDOFF}."
    ),
)
