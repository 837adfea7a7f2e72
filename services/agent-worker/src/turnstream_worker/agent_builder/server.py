"""The assistant of an exported workflow: a ChatKit server around it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from chatkit.actions import Action
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import (
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from turnstream.contracts.approvals import Decision, Resumption
from turnstream.contracts.turns import RequestContext
from turnstream.i18n import negotiate, translator
from turnstream.telemetry import get_logger

from turnstream_worker.agent_builder.approvals import WorkflowApprovals, decision_of, parsed
from turnstream_worker.agent_builder.card import DECIDE
from turnstream_worker.agent_builder.export import Export, load_export
from turnstream_worker.agent_builder.history import text_of
from turnstream_worker.agent_builder.running import Question, WorkflowRun
from turnstream_worker.agent_builder.settings import WorkflowSettings
from turnstream_worker.api.turn import current_turn
from turnstream_worker.loading import AssistantNotLoaded
from turnstream_worker.replay.journal import current_journal

log = get_logger(__name__)

TITLE = 60
"""Characters of a thread's title: the beginning of its first message, at the end of a word."""


class WorkflowServer(ChatKitServer[RequestContext]):
    """Answers each message by a run of the workflow, and takes decisions that one waits for."""

    def __init__(self, store: Store[RequestContext], export: Export) -> None:
        super().__init__(store)
        self._export = export

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Run the workflow for a message. A request without one has nothing for it."""
        if input_user_message is None:
            log.warning("a workflow answers messages alone", workflow=self._export.path)
            return
        if thread.title is None and context.titles:
            thread.title = _title(input_user_message)
        for event in await self._desk(thread, context).ignored():
            yield event
        turn = current_turn()
        question = Question(input_user_message, origin=turn.id if turn else input_user_message.id)
        async with aclosing(self._run(question, thread, context)) as events:
            async for event in events:
                yield event

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Take a decision. Other actions are those of widgets of the app's own: they do nothing."""
        decision = decision_of(action.payload) if action.type == DECIDE else None
        if decision is None:
            log.warning("a workflow was sent an action that it does not know", action=action.type)
            return
        desk = self._desk(thread, context)
        events, found = await desk.decided(decision)
        question = await self._resumed(desk, found, decision) if found else None
        if found and question is None:
            events = await desk.given_up(found)
        for event in events:
            yield event
        if question is not None:
            async with aclosing(self._run(question, thread, context)) as more:
                async for event in more:
                    yield event

    def _run(
        self, question: Question, thread: ThreadMetadata, context: RequestContext
    ) -> Any:  # an async generator of events
        return WorkflowRun(self._export, question, thread, self.store, context).events()

    def _desk(self, thread: ThreadMetadata, context: RequestContext) -> WorkflowApprovals:
        return WorkflowApprovals(thread, self.store, context, translator(negotiate(context.locale)))

    async def _resumed(
        self, desk: WorkflowApprovals, found: Resumption, decision: Decision
    ) -> Question | None:
        """The question of the workflow that goes on; None where it can't."""
        paused = parsed(found.state or "")
        journal = current_journal.get()
        if paused is None or journal is None or paused.version != self._export.version:
            return None
        message = await desk.message(paused.message_id)
        if message is None:
            return None
        journal.adopt(paused.steps)
        return Question(
            message,
            paused.origin,
            shown=paused.shown,
            decisions={**paused.decisions, str(decision.call_id): decision.verdict},
            cards={call.call_id: call.item_id for call in found.calls},
        )


def create(store: Store[RequestContext]) -> WorkflowServer:
    """The assistant of the workflow that `WORKFLOW` names. Raises `AssistantNotLoaded`."""
    path = WorkflowSettings().workflow
    if not path:
        raise AssistantNotLoaded(
            "ASSISTANT=turnstream_worker.agent_builder:create needs WORKFLOW, the function that "
            "Agent Builder exported, such as WORKFLOW=my_module:run_workflow."
        )
    return workflow(path)(store)


def workflow(path: str) -> Callable[[Store[RequestContext]], WorkflowServer]:
    """A factory for the workflow `module:function`, to be named in `ASSISTANT` or `WORKFLOWS`."""
    return lambda store: WorkflowServer(store, load_export(path))


def _title(message: UserMessageItem) -> str | None:
    words: Sequence[str] = text_of(message).split()
    title = ""
    for word in words:
        if len(title) + len(word) >= TITLE:
            return f"{title or word[: TITLE - 1]}…"
        title = f"{title} {word}".strip()
    return title or None
