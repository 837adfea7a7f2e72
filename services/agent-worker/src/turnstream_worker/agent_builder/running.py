"""A run of a workflow in a turn: its agents' runs, streamed into the thread as they come."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents import (
    InputGuardrailTripwireTriggered,
    OutputGuardrailTripwireTriggered,
    RunState,
)
from agents.result import RunResultStreaming
from chatkit.agents import AgentContext
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ThreadItemDoneEvent,
    ThreadItemRemovedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)
from turnstream import run_step
from turnstream.contracts.approvals import Verdict, WaitingCall
from turnstream.contracts.ids import derived_id
from turnstream.contracts.turns import Json, RequestContext
from turnstream.i18n import negotiate, translator

from turnstream_worker.agent_builder.approvals import (
    PausedWorkflow,
    WorkflowApprovals,
    WorkflowPaused,
)
from turnstream_worker.agent_builder.card import ASKED
from turnstream_worker.agent_builder.ends import REFUSED, is_refusal, words_of
from turnstream_worker.agent_builder.export import Export
from turnstream_worker.agent_builder.history import conversation, history_before, text_of
from turnstream_worker.agent_builder.searches import RESULTS, results_of
from turnstream_worker.agent_builder.state import WorkflowState
from turnstream_worker.agent_builder.steps import Steps
from turnstream_worker.agent_builder.streaming import HiddenItems, answers_in_data, events_of
from turnstream_worker.api.turn import current_turn
from turnstream_worker.callers import contained
from turnstream_worker.chatkit_json import now
from turnstream_worker.replay.journal import current_journal
from turnstream_worker.sdk.runner import AwaitedRun, run_streamer

AHEAD = 100
"""Events that a workflow may be ahead of its turn: enough that neither waits for the other."""


@dataclass(frozen=True)
class Question:
    """What a workflow is to answer, and what an earlier turn has done of that."""

    message: UserMessageItem
    origin: str
    """The turn in which the workflow began."""
    shown: int = 0
    """How many runs of agents the user has seen."""
    decisions: Mapping[str, Verdict] = field(default_factory=dict)
    cards: Mapping[str, str] = field(default_factory=dict)
    """The item id of the card of each call that waited, by call id."""


class WorkflowRun:
    """One run of a workflow. It is what the export's hooks ask, and what streams its agents.

    The workflow runs in a task of its own, because its runs end when their events have been taken.
    """

    def __init__(
        self,
        export: Export,
        question: Question,
        thread: ThreadMetadata,
        store: Store[RequestContext],
        context: RequestContext,
    ) -> None:
        self._export, self._question = export, question
        self._thread, self._store, self._context = thread, store, context
        self._translate = translator(negotiate(context.locale))
        self._desk = WorkflowApprovals(thread, store, context, self._translate)
        turn = current_turn()
        self._state = WorkflowState(thread, turn.id if turn else "", context.state_variables)
        self._own = self._agent_context()
        self._steps = Steps(self._own)
        self._queue: asyncio.Queue[ThreadStreamEvent | None] = asyncio.Queue(AHEAD)
        self._left = False
        self._input: list[Any] = []
        self._more: list[Any] = []
        self._said = False
        self._texts: set[str] = set()
        self._messages: list[str] = []
        self._asked = self._runs = 0

    async def events(self) -> AsyncGenerator[ThreadStreamEvent]:
        """The events of the run, until it has ended or waits for a person."""
        running = asyncio.create_task(self._run())
        try:
            while (event := await self._queue.get()) is not None:
                yield event
            await running
        finally:
            self._left = True
            running.cancel()
            await asyncio.wait({running})

    def state(self, first: Json) -> Json:
        """Part of the hooks."""
        return self._state.fill(first)

    def history(self, messages: list[Any]) -> list[Any]:
        """Part of the hooks. The files of the message are added to it."""
        content = messages[-1].get("content") if messages else None
        if isinstance(content, list):
            content.extend(self._more)
        return [*self._input, *messages]

    def approve(self, message: str) -> bool:
        """Part of the hooks. Raises `WorkflowPaused` until somebody has decided."""
        self._asked += 1
        call_id = derived_id("call", self._question.origin, ASKED, self._asked)
        verdict = self._question.decisions.get(call_id)
        if verdict is None:
            raise WorkflowPaused([self._waiting(call_id, ASKED, json.dumps({"message": message}))])
        return verdict is Verdict.APPROVED

    async def search(self, ask: Callable[[], Any]) -> AsyncGenerator[Any]:
        """Part of the hooks. A search happens once in a turn, as `run_step` has it."""
        for found in await run_step("file search", partial(results_of, ask), returns=RESULTS):
            yield found

    async def stream(self, run: AwaitedRun) -> RunResultStreaming:
        """Show a run of an agent. Raises `WorkflowPaused` where a tool call needs an approval."""
        given, step = run.input, None
        hidden = HiddenItems() if answers_in_data(run.agent) else None
        while True:
            self._runs += 1
            is_new = self._runs > self._question.shown
            if is_new and step is None:
                step, event = self._steps.begin(run.agent.name)
                await self._emit(event)
            context = self._agent_context()
            context.workflow_item = None if hidden else self._steps.item
            result = run.begin(given, context if run.context is None else run.context)
            async with aclosing(events_of(context, result)) as events:
                async for event in events:
                    if not (hidden and hidden.hide(event)):
                        await self._show(event, is_new=is_new)
            if not result.interruptions:
                break
            given = self._decided(result)
        for event in self._steps.end(step) if step else ():
            await self._emit(event)
        return result

    async def _run(self) -> None:
        try:
            run_streamer.set(self)
            await self._answer()
        finally:
            if not self._left:
                await self._queue.put(None)

    async def _answer(self) -> None:
        question, context = self._question, self._context
        is_newest = question.shown == 0 and not question.decisions
        history = await history_before(
            self._store, self._thread, question.message, context, is_newest=is_newest
        )
        self._input, self._more = await conversation(history, question.message)
        given = self._export.input(text_of(question.message), context.state_variables)
        try:
            result = await contained(self._export.bind(self)(given))
        except WorkflowPaused as paused:
            await self._pause(paused)
            return
        except (InputGuardrailTripwireTriggered, OutputGuardrailTripwireTriggered):
            result = {"failed": True}
        for event in self._steps.close():
            await self._emit(event)
        if is_refusal(result):
            await self._refuse()
        elif not self._said and (words := words_of(result)) not in {"", *self._texts}:
            await self._say(words)
        self._state.keep()

    async def _pause(self, paused: WorkflowPaused) -> None:
        journal = current_journal.get()
        if journal is None:
            raise RuntimeError("A workflow can only wait for a person in a turn.")
        for event in self._steps.close():
            await self._emit(event)
        await journal.committed()
        kept = PausedWorkflow(
            version=self._export.version,
            origin=self._question.origin,
            message_id=self._question.message.id,
            shown=self._runs,
            decisions=dict(self._question.decisions),
            steps=journal.steps(),
        )
        for event in await self._desk.pause(kept, paused.calls, self._question.cards):
            await self._emit(event)

    def _decided(self, result: RunResultStreaming) -> RunState[Any]:
        """The run with all decisions about its calls in it."""
        decisions = self._question.decisions
        waiting = [
            self._waiting(item.call_id or "", item.tool_name or "", item.arguments or "{}")
            for item in result.interruptions
            if item.call_id not in decisions
        ]
        if waiting:
            raise WorkflowPaused(waiting)
        state = result.to_state()
        for item in state.get_interruptions():
            if decisions[item.call_id or ""] is Verdict.APPROVED:
                state.approve(item)
            else:
                state.reject(item)
        return state

    def _waiting(self, call_id: str, tool: str, arguments: str) -> WaitingCall:
        card = self._question.cards.get(call_id) or self._own.generate_id("message")
        return WaitingCall(call_id=call_id, tool=tool, arguments=arguments, item_id=card)

    async def _refuse(self) -> None:
        """Take back what was said in this turn, and say why."""
        for message in self._messages:
            await self._emit(ThreadItemRemovedEvent(item_id=message))
        await self._say(self._translate(REFUSED))

    async def _say(self, text: str) -> None:
        message = AssistantMessageItem(
            id=self._own.generate_id("message"),
            thread_id=self._thread.id,
            created_at=now(),
            content=[AssistantMessageContent(text=text)],
        )
        await self._emit(ThreadItemDoneEvent(item=message))

    async def _show(self, event: ThreadStreamEvent, *, is_new: bool) -> None:
        """Show an event of an agent's run, unless an earlier turn has shown it."""
        if isinstance(event, ThreadItemDoneEvent) and event.item.type in _ANSWERS:
            if isinstance(event.item, AssistantMessageItem):
                self._texts.add("".join(part.text for part in event.item.content).strip())
                self._messages += [event.item.id] if is_new else []
            self._said |= is_new
        for each in self._steps.pass_on(event) if is_new else ():
            await self._emit(each)

    async def _emit(self, event: ThreadStreamEvent) -> None:
        """Give an event to the turn. The workflow goes on and may change what it holds."""
        is_text = hasattr(getattr(event, "update", None), "delta")
        await self._queue.put(event if is_text else event.model_copy(deep=True))

    def _agent_context(self) -> AgentContext[RequestContext]:
        return AgentContext(thread=self._thread, store=self._store, request_context=self._context)


_ANSWERS = ("assistant_message", "widget", "generated_image")
"""Items that answer a user."""
