"""One run of an agent, as the events of a turn."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from agents import (
    InputGuardrail,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    OutputGuardrail,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    RunState,
    TResponseInputItem,
    UserError,
)
from chatkit.agents import stream_agent_response
from chatkit.errors import BaseStreamError
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    NoticeEvent,
    ProgressUpdateEvent,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadItemReplacedEvent,
    ThreadStreamEvent,
)
from turnstream.i18n import N_

from turnstream_guide.context import GuideAgent, GuideContext
from turnstream_guide.conversation.approvals import pause
from turnstream_guide.conversation.citations import cited, sources_of
from turnstream_guide.times import now
from turnstream_guide.turn import Refusal, Turn

MAX_STEPS = 10
"""Model calls in one turn. The guide needs two or three; with ten the model repeats itself."""
GAVE_UP = N_(
    "I stopped after {steps} steps without coming to an end. "
    "Tell me if I should try again, or ask for a smaller part."
)

Input = list[TResponseInputItem] | RunState[GuideContext]


async def run_agent(
    turn: Turn,
    agent: GuideAgent,
    given: Input,
    context: GuideContext,
    output_guardrails: Sequence[OutputGuardrail[GuideContext]] = (),
) -> AsyncGenerator[ThreadStreamEvent, None]:
    """The events of a run. It ends with a message after `MAX_STEPS`, or when a guardrail trips.

    Nothing is left running, however it ends. ChatKit removes what a tripped run has shown. A run
    that waits for a person is kept, and new waiting calls get a card.
    """
    result = Runner.run_streamed(
        agent,
        given,
        context=context,
        max_turns=MAX_STEPS,
        run_config=_run_config(turn, agent, given, output_guardrails),
        hooks=turn.hooks,
    )
    try:
        events = stream_agent_response(context, result)
        async with aclosing(cited(events, lambda: sources_of(result.new_items))) as shown:
            async for event in shown:
                yield event
        for card in await pause(turn, result, context):
            yield card
        turn.hooks.publish()
    except MaxTurnsExceeded:
        for event in _gave_up(turn, context):
            yield event
    except (InputGuardrailTripwireTriggered, OutputGuardrailTripwireTriggered) as tripped:
        refusal = tripped.guardrail_result.output.output_info
        if not isinstance(refusal, Refusal):
            raise
        for event in _refused(turn, refusal):
            yield event
    except UserError as error:
        # The SDK wraps what a tool raises. An error that is meant for the user is raised as it was.
        if isinstance(error.__cause__, BaseStreamError):
            raise error.__cause__ from error
        raise
    finally:
        result.cancel()
        # ChatKit has a task that waits for this queue, also after a failure or a cancellation.
        await context.stream(ProgressUpdateEvent(text=""))


def _run_config(
    turn: Turn,
    agent: GuideAgent,
    given: Input,
    output_guardrails: Sequence[OutputGuardrail[GuideContext]],
) -> RunConfig:
    return RunConfig(
        workflow_name="guide",
        group_id=turn.thread.id,
        # For the run and not for an agent, so they hold after a handoff too.
        output_guardrails=list(output_guardrails),
        input_guardrails=_missed(agent, given),
        # A tool may be missing when another worker takes the turn: an MCP server is away, or the
        # catalogue has changed. The model is told, and goes on.
        tool_not_found_behavior="return_error_to_model",
    )


def _missed(agent: GuideAgent, given: Input) -> list[InputGuardrail[GuideContext]]:
    """The agent's input guardrails, for a run that goes on with another agent, which has none.

    That agent reads what the user wrote instead of deciding.
    """
    if not isinstance(given, RunState):
        return []
    goes_on = {item.agent.name for item in given.get_interruptions()}
    return [] if agent.name in goes_on else list(agent.input_guardrails)


def _gave_up(turn: Turn, context: GuideContext) -> list[ThreadStreamEvent]:
    open_items: list[ThreadItem] = [context.workflow_item] if context.workflow_item else []
    text = turn.translate(GAVE_UP).format(steps=MAX_STEPS)
    message = AssistantMessageItem(
        id=context.generate_id("message"),
        thread_id=turn.thread.id,
        created_at=now(),
        content=[AssistantMessageContent(text=text, annotations=[])],
    )
    return [ThreadItemDoneEvent(item=item) for item in (*open_items, message)]


def _refused(turn: Turn, refusal: Refusal) -> list[ThreadStreamEvent]:
    notice = NoticeEvent(
        level="warning", title=turn.translate(N_("Held back")), message=refusal.message
    )
    if refusal.kept is None:
        return [notice]
    return [ThreadItemReplacedEvent(item=refusal.kept), notice]
