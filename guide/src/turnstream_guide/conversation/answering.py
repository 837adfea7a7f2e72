"""An answer of the guide: what waits in the thread is taken up, and its agent runs."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from agents import Agent, TResponseInputItem
from chatkit.agents import AgentContext
from chatkit.types import ThreadItem, ThreadStreamEvent
from turnstream.contracts.approvals import Decision

from turnstream_guide.agent import guide_agent
from turnstream_guide.conversation.approvals import TakenUp, take_up, waits
from turnstream_guide.conversation.history import history_of
from turnstream_guide.conversation.thread_items import GuideItems
from turnstream_guide.conversation.titles import titled
from turnstream_guide.demonstrations.demonstration import Turn
from turnstream_guide.parts import GuideParts
from turnstream_guide.running import run_agent


async def answer(
    parts: GuideParts, turn: Turn, decision: Decision | None = None
) -> AsyncGenerator[ThreadStreamEvent, None]:
    """The events of the guide's agent, which goes on from what the thread holds.

    With a decision, the run that waits for it goes on instead. Raises what `take_up` raises.
    """
    history = await history_of(turn.store, turn.thread.id, turn.context)
    turn = replace(turn, model=parts.model(history))
    agent = guide_agent(turn, parts.tools(), parts.client_tools(), parts.demonstrations)
    rails = [rail for each in parts.demonstrations for rail in each.output_guardrails(turn)]
    context: AgentContext[Any] = AgentContext(
        thread=turn.thread, store=turn.store, request_context=turn.context
    )
    taken = await _taken_up(parts, turn, agent, decision)
    for event in taken.events:
        yield event
    if decision is not None and taken.state is None:
        return
    turn = replace(turn, cards=taken.cards)
    given = taken.state or await _input(parts, turn, history)
    async with (
        titled(turn.thread, turn.message, turn.model, agent.input_guardrails),
        aclosing(run_agent(turn, agent, given, context, rails)) as events,
    ):
        async for event in events:
            yield event


async def _taken_up(
    parts: GuideParts, turn: Turn, agent: Agent[AgentContext[Any]], decision: Decision | None
) -> TakenUp:
    """The run that a decision is about, or that waits while its user writes a message."""
    if decision is not None:
        return await take_up(turn, agent, decision)
    if turn.message is None or not waits(turn.thread):
        return TakenUp()
    message = await _read(parts, turn, [turn.message])
    return await take_up(turn, agent, Decision(), message)


async def _input(
    parts: GuideParts, turn: Turn, history: Sequence[ThreadItem]
) -> list[TResponseInputItem]:
    data = [item for each in parts.demonstrations for item in each.data(turn)]
    return data + await _read(parts, turn, history)


async def _read(
    parts: GuideParts, turn: Turn, items: Sequence[ThreadItem]
) -> list[TResponseInputItem]:
    known = parts.entities.known(turn.locale)
    return await GuideItems(items, parts.vision, known).to_agent_input(items)
