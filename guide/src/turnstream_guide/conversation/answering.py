"""An answer of the guide: its agent runs, or a waiting run of the thread goes on."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from agents import TResponseInputItem
from chatkit.agents import AgentContext
from chatkit.types import ThreadItem, ThreadStreamEvent, UserMessageItem
from turnstream.contracts.approvals import Decision

from turnstream_guide.context import GuideAgent, GuideContext
from turnstream_guide.conversation.agent import guide_agent
from turnstream_guide.conversation.approvals import ResumedRun, has_waiting_run, resume
from turnstream_guide.conversation.history import history_of
from turnstream_guide.conversation.run import run_agent
from turnstream_guide.conversation.services import GuideServices
from turnstream_guide.conversation.thread_items import GuideItems
from turnstream_guide.conversation.titles import titled
from turnstream_guide.turn import Turn


async def answer(
    services: GuideServices, turn: Turn, decision: Decision | None = None
) -> AsyncGenerator[ThreadStreamEvent, None]:
    """The events of the guide's agent, for the thread as it is.

    With a decision, the run that waits for it goes on instead. Raises what `resume` raises.
    """
    history = await history_of(turn.store, turn.thread.id, turn.context)
    turn = replace(turn, model=services.model(history, turn.context))
    agent = guide_agent(turn, services.tools(), services.client_tools(), services.demonstrations)
    rails = [rail for each in services.demonstrations for rail in each.output_guardrails(turn)]
    context: GuideContext = AgentContext(
        thread=turn.thread, store=turn.store, request_context=turn.context
    )
    resumed = await _resumed(services, turn, agent, decision)
    for event in resumed.events:
        yield event
    if decision is not None and resumed.state is None:
        return
    turn = replace(turn, cards=resumed.cards)
    given = resumed.state or await _input(services, turn, history)
    async with (
        titled(turn.thread, _subject(turn), turn.model, agent.input_guardrails),
        aclosing(run_agent(turn, agent, given, context, rails)) as events,
    ):
        async for event in events:
            yield event


def _subject(turn: Turn) -> UserMessageItem | None:
    """The message that may name the thread; None where the session wants no titles."""
    return turn.message if turn.context.titles else None


async def _resumed(
    services: GuideServices, turn: Turn, agent: GuideAgent, decision: Decision | None
) -> ResumedRun:
    """The run that a decision is about, or that waits while its user writes a message."""
    if decision is not None:
        return await resume(turn, agent, decision)
    if turn.message is None or not has_waiting_run(turn.thread):
        return ResumedRun()
    message = await _read(services, turn, [turn.message])
    return await resume(turn, agent, Decision(), message)


async def _input(
    services: GuideServices, turn: Turn, history: Sequence[ThreadItem]
) -> list[TResponseInputItem]:
    data = [item for each in services.demonstrations for item in each.data(turn)]
    return data + await _read(services, turn, history)


async def _read(
    services: GuideServices, turn: Turn, items: Sequence[ThreadItem]
) -> list[TResponseInputItem]:
    known = services.entities.known(turn.locale)
    return await GuideItems(items, services.vision, known).to_agent_input(items)
