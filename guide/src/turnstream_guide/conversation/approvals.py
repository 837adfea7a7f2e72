"""Runs that wait for a person: how the guide pauses and resumes one.

The store keeps a paused run, and a card asks about each call that waits. A later turn resumes the
run, also after days and restarts and on another worker: with a decision about one call, or with a
message of a user who did not decide. While other calls still wait the run pauses again, and their
cards stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import structlog
from agents import RunState, TResponseInputItem
from agents.exceptions import AgentsException
from agents.items import ToolApprovalItem
from agents.result import RunResultStreaming
from chatkit.store import NotFoundError
from chatkit.types import (
    NoticeEvent,
    ThreadItemDoneEvent,
    ThreadItemReplacedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    WidgetItem,
)
from turnstream.contracts.approvals import Decision, Resumption, Verdict, WaitingCall
from turnstream.errors import Unavailable
from turnstream.i18n import N_, Translate
from turnstream_worker.api import (
    UnreadableRun,
    catalogue_is_known,
    load_run,
    pause_run,
    resume_run,
)

from turnstream_guide.actions import ActionRefused
from turnstream_guide.cards import approval_card
from turnstream_guide.cards.cards import replaced
from turnstream_guide.context import GuideAgent, GuideContext
from turnstream_guide.times import now
from turnstream_guide.turn import Turn

log = structlog.get_logger(__name__)

State = RunState[GuideContext]

WAITS = "awaits_decision"
"""A key in the thread's metadata while a run waits. Without it the store need not be asked."""

_SAID = {
    Verdict.APPROVED: N_("This was approved before."),
    Verdict.REJECTED: N_("This was rejected before."),
    Verdict.IGNORED: N_("The conversation went on without this decision."),
}

_CHANGED = N_(
    "The assistant was changed since it asked, so nothing was done. Ask again if you still want it."
)

_FAILED = N_(
    "Your decision could not be carried out, so nothing was done. Ask again if you still want it."
)


@dataclass(frozen=True)
class ResumedRun:
    """The outcome of resuming a run."""

    events: Sequence[ThreadStreamEvent] = ()
    """Events to show first."""
    state: State | None = None
    """The run that goes on, if there is one."""
    cards: Mapping[str, str] = field(default_factory=dict)
    """The item id of the card of each waiting call, by call id."""


def has_waiting_run(thread: ThreadMetadata) -> bool:
    """True while a run of the thread waits for a person."""
    return bool(thread.metadata.get(WAITS))


async def pause(
    turn: Turn, result: RunResultStreaming, context: GuideContext
) -> list[ThreadStreamEvent]:
    """Keep a run that ended with calls to decide about. Returns the cards of the new calls."""
    calls = [_waiting(item, turn.cards, context) for item in result.interruptions]
    if not calls:
        return []
    await pause_run(result.to_state(), calls)
    turn.thread.metadata[WAITS] = True
    return [
        ThreadItemDoneEvent(item=_new_card(call, turn))
        for call in calls
        if call.call_id not in turn.cards
    ]


async def resume(
    turn: Turn,
    agent: GuideAgent,
    decision: Decision,
    message: Sequence[TResponseInputItem] = (),
) -> ResumedRun:
    """Resume the run that waits in the thread. `message` is what a user wrote instead of deciding.

    If this version of the assistant can't go on with the run, it counts as not decided: the user
    is told, and the thread can be used. Raises `ActionRefused` for a decision that comes too late.
    """
    if not catalogue_is_known():
        raise Unavailable("The tools are not known yet.")
    found = await resume_run(decision)
    if found is None or found.state is None:
        return await _too_late(found, decision, turn)
    turn.thread.metadata.pop(WAITS, None)
    shown = [(call, card) for call in found.calls if (card := await _card(call, turn))]
    if not shown:  # the user took back the message that led to them
        return await _too_late(None, decision, turn)
    state = await _decided(agent, found.state, decision, message, turn.translate)
    outcome = decision if state else Decision()
    events: list[ThreadStreamEvent] = [
        _closed(call, card, outcome, turn)
        for call, card in shown
        if outcome.call_id in (None, call.call_id)
    ]
    if state is None:
        return ResumedRun([*events, NoticeEvent(level="warning", message=turn.translate(_CHANGED))])
    return ResumedRun(events, state, {call.call_id: call.item_id for call in found.calls})


async def _decided(
    agent: GuideAgent,
    text: str,
    decision: Decision,
    message: Sequence[TResponseInputItem],
    _: Translate,
) -> State | None:
    """The run with the decision in it; None when this version can't go on with it."""
    try:
        state: State = await load_run(agent, text)
        for item in state.get_interruptions():
            if decision.call_id not in (None, item.call_id):
                continue
            if decision.verdict is Verdict.APPROVED:
                state.approve(item)
            else:
                state.reject(item, rejection_message=_refusal(decision, _))
        if message:
            state.add_input(list(message))
    except (UnreadableRun, AgentsException, LookupError, TypeError, ValueError) as error:
        log.warning("a paused run could not be resumed", error=error)
        return None
    return state


def _refusal(decision: Decision, _: Translate) -> str:
    """The output that the model reads for a call that was not allowed."""
    refusal = {"approved": False, "verdict": decision.verdict, "reason": decision.reason}
    if decision.verdict is Verdict.IGNORED:
        refusal["reason"] = "The user did not decide and wrote something else instead."
        summary = _("I did not do it, because you went on without deciding.")
    elif decision.reason:
        summary = _("I did not do it. Your reason: {reason}").format(reason=decision.reason)
    else:
        summary = _("I did not do it, because you rejected it.")
    return orjson.dumps(refusal | {"summary": summary}).decode()


def _waiting(
    item: ToolApprovalItem, cards: Mapping[str, str], context: GuideContext
) -> WaitingCall:
    call_id = item.call_id or ""
    return WaitingCall(
        call_id=call_id,
        tool=item.tool_name or "",
        arguments=item.arguments or "{}",
        item_id=cards.get(call_id) or context.generate_id("message"),
    )


def _new_card(call: WaitingCall, turn: Turn) -> WidgetItem:
    widget, text = approval_card.open_card(call, turn.translate)
    return WidgetItem(
        id=call.item_id,
        thread_id=turn.thread.id,
        created_at=now(),
        widget=widget,
        copy_text=text,
    )


async def _card(call: WaitingCall, turn: Turn) -> WidgetItem | None:
    """The call's card as the thread has it; None when it is gone."""
    try:
        item = await turn.store.load_item(turn.thread.id, call.item_id, turn.context)
    except NotFoundError:
        return None
    return item if isinstance(item, WidgetItem) else None


def _closed(
    call: WaitingCall, card: WidgetItem, decision: Decision, turn: Turn
) -> ThreadItemReplacedEvent:
    return replaced(card, *approval_card.closed_card(call, decision, turn.translate))


async def _too_late(found: Resumption | None, wanted: Decision, turn: Turn) -> ResumedRun:
    """No run waits. A message starts a new run; a decision is refused, with the valid one.

    The card says what came of that. It is still open when the turn that took the decision failed
    before it did anything: then it is closed, and the user is told.
    """
    _ = turn.translate
    if wanted.call_id is None:
        return ResumedRun()
    if found is None:
        raise ActionRefused(_("Nothing waits for this decision."))
    if found.decision.call_id not in (None, wanted.call_id):
        raise ActionRefused(_("The run that asked for this decision is over."))
    for call in found.calls:
        card = await _card(call, turn) if call.call_id == wanted.call_id else None
        if card is None:
            continue
        verdict = approval_card.shown_verdict(card.widget)
        if verdict is None:
            notice = NoticeEvent(level="warning", message=_(_FAILED))
            return ResumedRun([_closed(call, card, Decision(), turn), notice])
        raise ActionRefused(_(_SAID[verdict]))
    raise ActionRefused(_(_SAID[found.decision.verdict]))
