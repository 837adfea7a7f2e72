"""Installs durability in the Agents SDK and in ChatKit, for every app of this process.

Models and tools are journaled while an attempt runs; outside one models are counted, and nothing
else changes.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

from agents import FunctionTool, RunResultStreaming, RunState
from agents.memory import Session
from agents.models.interface import Model
from agents.tool_context import ToolContext
from turnstream.errors import BudgetExhausted

from turnstream_worker.attempt import Attempt, ModelOrigin
from turnstream_worker.callers import begin_run, caller_of_run
from turnstream_worker.models.model_override import model_override
from turnstream_worker.models.nonempty_answers import NonEmptyAnswers, is_of_app
from turnstream_worker.replay.journal import Journal, journal_of
from turnstream_worker.replay.models.counted import (
    UNCOUNTED,
    CountedModel,
    counted_request,
    meter_outside_turns,
)
from turnstream_worker.replay.models.journaled import JournaledModel
from turnstream_worker.replay.recording import record_shown
from turnstream_worker.replay.sessions import attempt_session
from turnstream_worker.replay.tools import run_function_tool, run_native_step
from turnstream_worker.sdk.agents_facts import responses_of
from turnstream_worker.sdk.agents_hooks import InvokeTool, ToolOutcome, wrap_models, wrap_tools
from turnstream_worker.sdk.chatkit_context import listen_to_contexts
from turnstream_worker.sdk.models.complete_answers import complete_answers
from turnstream_worker.sdk.models.openai_client import count_requests
from turnstream_worker.sdk.models.plain_messages import PlainMessagesModel
from turnstream_worker.sdk.models.storable_answers import StorableModel
from turnstream_worker.sdk.native_tools import NativeCall, wrap_native_tools
from turnstream_worker.sdk.paused_states import load_paused_states
from turnstream_worker.sdk.runner import app_runner
from turnstream_worker.sdk.tool_outcomes import end_runs_by, hear_failures
from turnstream_worker.spans.model_calls import traced_model
from turnstream_worker.spans.tool_calls import tell_result, tool_call_traced
from turnstream_worker.tools.call_outcomes import (
    call_ended,
    may_end_run,
    noting_timeouts,
    tool_failed,
)

NOT_MADE = "The call was not made: this answer may make no more tool calls."
"""What takes the place of the result of a tool call beyond the budget."""


def install() -> None:
    """Install it, before an app is loaded. A second call changes nothing."""
    wrap_models(_journaled_model)
    wrap_tools(_journaled_tools)
    wrap_native_tools(_journaled_step)
    hear_failures(tool_failed)
    end_runs_by(may_end_run)
    app_runner().listener = _AttemptListener()
    listen_to_contexts(record_shown)
    load_paused_states()
    count_requests(counted_request)


def _of_run() -> tuple[Attempt | None, Journal | None]:
    """The attempt and the journal that the current run belongs to; None outside any turn."""
    caller = caller_of_run()
    return (None, None) if caller is None else (caller.attempt, journal_of(caller))


def _journaled_model(agent: str, model: Model) -> Model:
    if (stand := model_override.get()) is not None:
        model = stand(agent, model)
    attempt, journal = _of_run()
    if attempt is not None and journal is not None:
        attempt.asked = ModelOrigin(model=str(getattr(model, "model", "")))
        complete = complete_answers(model)
        journaled = JournaledModel(StorableModel(complete), agent, attempt, journal)
        asked = NonEmptyAnswers(journaled, attempt, of_app=is_of_app(complete))
        model = traced_model(asked, agent, model, lambda: journaled.from_journal)
    elif (meter := meter_outside_turns()) is not None:
        model = traced_model(CountedModel(complete_answers(model), agent, meter), agent, model)
    else:
        UNCOUNTED.inc()
    return PlainMessagesModel(model)


def _journaled_tools(invoke: InvokeTool) -> InvokeTool:
    async def journaled(
        *, function_tool: FunctionTool, context: ToolContext[Any], arguments: str
    ) -> ToolOutcome:
        _, journal = _of_run()
        if journal is None:
            return await invoke(function_tool=function_tool, context=context, arguments=arguments)
        if not journal.meter.admit_tool():
            call_ended(context.tool_call_id, succeeded=False)
            return ToolOutcome(NOT_MADE, True)
        outcome = await run_function_tool(
            noting_timeouts(invoke), journal, function_tool, context, arguments
        )
        call_ended(context.tool_call_id, succeeded=not outcome.is_sdk_generated_error)
        return outcome

    return _traced(journaled)


def _traced(invoke: InvokeTool) -> InvokeTool:
    async def traced(
        *, function_tool: FunctionTool, context: ToolContext[Any], arguments: str
    ) -> ToolOutcome:
        with tool_call_traced(function_tool.name, context.tool_call_id, arguments):
            outcome = await invoke(
                function_tool=function_tool, context=context, arguments=arguments
            )
            tell_result(outcome.output, failed=outcome.is_sdk_generated_error)
            return outcome

    return traced


async def _journaled_step(call: NativeCall, run: Callable[[], Awaitable[object]]) -> object:
    _, journal = _of_run()
    if journal is None:
        return await run()
    if not call.step and not journal.meter.admit_tool():
        raise BudgetExhausted(NOT_MADE)
    return await run_native_step(journal, call, run)


class _AttemptListener:
    """Tells the attempt of the runs that its assistant starts."""

    def resumed(self, state: RunState[Any]) -> None:
        """Reserve the call ids of a paused run: no response of this turn may use one again."""
        _, journal = _of_run()
        if journal is None:
            return
        for response in responses_of(state):
            for item in response.output:
                if call_id := getattr(item, "call_id", None):
                    journal.reserve_call_id(call_id)

    def session(self, session: Session) -> Session:
        """Let what a run writes into the session belong to its attempt."""
        caller = caller_of_run()
        journal = journal_of(caller) if caller is not None else None
        if caller is None or journal is None:
            return session
        return attempt_session(session, caller, journal)

    def begin_run(self, context: object) -> AbstractContextManager[None]:
        """Let the run belong to the turn whose context it was given."""
        return begin_run(context)

    def streaming(self, result: RunResultStreaming) -> None:
        """Keep the run: an assistant that is stopped while it streams leaves its run going."""
        attempt, _ = _of_run()
        if attempt is not None:
            attempt.runs.append(result)
