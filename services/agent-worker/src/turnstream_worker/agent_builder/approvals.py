"""Workflows that wait for a person: how one is paused and goes on.

A workflow is a function, and can't be kept in the middle. So its turn ends, and the store keeps
what it had recorded. The turn that brings the decision runs the workflow again from its start
against that record, as a second attempt would: models and tools that have answered are not asked
again, and what the user has seen is not shown again.
"""

from collections.abc import Mapping, Sequence

from chatkit.store import NotFoundError, Store
from chatkit.types import (
    NoticeEvent,
    ThreadItemDoneEvent,
    ThreadItemReplacedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from pydantic import BaseModel, ValidationError
from turnstream.contracts.approvals import Decision, Resumption, Verdict, WaitingCall
from turnstream.contracts.turns import RequestContext
from turnstream.i18n import N_, Translate

from turnstream_worker.agent_builder.card import closed_card, open_card
from turnstream_worker.api.paused_runs import paused_runs
from turnstream_worker.chatkit_json import now

WAITS = "workflow_waits"
"""A key in the thread's metadata while a workflow waits. Without it the store need not be asked."""

TOO_LATE = N_("Nothing waits for this decision any more.")
CHANGED = N_(
    "The assistant was changed since it asked, so nothing was done. Ask again if you still want it."
)


class WorkflowPaused(BaseException):
    """A person has to decide before the workflow goes on.

    No `Exception`: exports catch those around their steps.
    """

    def __init__(self, calls: Sequence[WaitingCall]) -> None:
        super().__init__(*(call.call_id for call in calls))
        self.calls = calls


class PausedWorkflow(BaseModel):
    """What is kept of a workflow that waits."""

    version: str
    """The version of the export. Another one would go another way."""
    origin: str
    """The turn in which the workflow began."""
    message_id: str
    """The user's message that it answers."""
    shown: int
    """How many runs of agents its user has seen."""
    decisions: dict[str, Verdict]
    """What was decided so far, by call."""
    steps: dict[str, str]
    """What is recorded."""


class WorkflowApprovals:
    """The waiting workflows of one thread: keeps one, asks about it, and takes the decision."""

    def __init__(
        self,
        thread: ThreadMetadata,
        store: Store[RequestContext],
        context: RequestContext,
        translate: Translate,
    ) -> None:
        self._thread, self._store, self._context = thread, store, context
        self._translate = translate

    async def pause(
        self, paused: PausedWorkflow, calls: Sequence[WaitingCall], asked: Mapping[str, str]
    ) -> list[ThreadStreamEvent]:
        """Keep a workflow. Returns the cards of the calls that have none yet."""
        await paused_runs.get().keep(paused.model_dump_json(), calls)
        self._thread.metadata[WAITS] = True
        return [
            ThreadItemDoneEvent(item=self._new_card(call))
            for call in calls
            if call.call_id not in asked
        ]

    async def ignored(self) -> list[ThreadStreamEvent]:
        """The user wrote a message instead of deciding: nothing waits any more."""
        if not self._thread.metadata.pop(WAITS, False):
            return []
        found = await paused_runs.get().resume(Decision())
        return await self._closed(found.calls, Verdict.IGNORED) if found else []

    async def decided(
        self, decision: Decision
    ) -> tuple[list[ThreadStreamEvent], Resumption | None]:
        """What to show of a decision, and the workflow that goes on with it, if one does."""
        found = await paused_runs.get().resume(decision)
        if found is None or found.state is None:
            return [self._notice(TOO_LATE)], None
        self._thread.metadata.pop(WAITS, None)
        calls = [call for call in found.calls if call.call_id == decision.call_id]
        return await self._closed(calls, decision.verdict), found

    async def given_up(self, found: Resumption) -> list[ThreadStreamEvent]:
        """The workflow can't go on, because it is another one now."""
        return [*await self._closed(found.calls, Verdict.IGNORED), self._notice(CHANGED)]

    async def message(self, message_id: str) -> UserMessageItem | None:
        """The message that a workflow answers; None when its user took it back."""
        try:
            item = await self._store.load_item(self._thread.id, message_id, self._context)
        except NotFoundError:
            return None
        return item if isinstance(item, UserMessageItem) else None

    def _notice(self, text: str) -> NoticeEvent:
        return NoticeEvent(level="warning", message=self._translate(text))

    def _new_card(self, call: WaitingCall) -> WidgetItem:
        widget, text = open_card(call, self._translate)
        return WidgetItem(
            id=call.item_id,
            thread_id=self._thread.id,
            created_at=now(),
            widget=widget,
            copy_text=text,
        )

    async def _closed(
        self, calls: Sequence[WaitingCall], verdict: Verdict
    ) -> list[ThreadStreamEvent]:
        events: list[ThreadStreamEvent] = []
        for call in calls:
            try:
                card = await self._store.load_item(self._thread.id, call.item_id, self._context)
            except NotFoundError:
                continue
            if isinstance(card, WidgetItem):
                closed = closed_card(card, call, verdict, self._translate)
                events.append(ThreadItemReplacedEvent(item=closed))
        return events


def parsed(state: str) -> PausedWorkflow | None:
    """What was kept; None for what another version wrote."""
    try:
        return PausedWorkflow.model_validate_json(state)
    except ValidationError:
        return None


def decision_of(payload: object) -> Decision | None:
    """The decision that a card's button sends; None for anything else."""
    try:
        decision = Decision.model_validate(payload)
    except ValidationError:
        return None
    return decision if decision.call_id and decision.verdict is not Verdict.IGNORED else None
