"""Where durability enters the Agents SDK: two functions and the default runner, for every app.

`run_loop.get_model` gives every model a run uses: named by string or by instance, behind handoffs
and inside agents used as tools. `tool_execution._invoke_function_tool_with_metadata` runs every
function tool. The default runner starts every streamed run. None is public API, so the SDK is
pinned and `tests/unit/worker/test_seams.py` fails when an upgrade moves one of them.
"""

from contextvars import ContextVar
from typing import Any

from agents import RunResult, RunState
from agents.models.interface import Model
from agents.result import RunResultStreaming
from agents.run import AgentRunner, set_default_agent_runner
from agents.run_internal import run_loop, tool_execution

from turnstream_worker.attempt import current_attempt
from turnstream_worker.models.guards import guarded
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.models import JournaledModel
from turnstream_worker.replay.tools import run_function_tool

current_journal: ContextVar[Journal | None] = ContextVar("current_journal", default=None)
"""The journal of the current attempt."""

_tools: Any = tool_execution
_get_model = run_loop.get_model
_invoke_tool = _tools._invoke_function_tool_with_metadata


def install() -> None:
    """Put the seams in place, for this process. Doing it again changes nothing."""
    run_loop.get_model = _journaled_model
    _tools._invoke_function_tool_with_metadata = _journaled_tool
    set_default_agent_runner(_TrackingRunner())


def _journaled_model(agent: Any, run_config: Any) -> Model:
    model = _get_model(agent, run_config)
    attempt, journal = current_attempt.get(), current_journal.get()
    if attempt is None or journal is None:
        return model
    return JournaledModel(guarded(model), agent.name, attempt, journal)


async def _journaled_tool(*, function_tool: Any, context: Any, arguments: str) -> Any:
    attempt, journal = current_attempt.get(), current_journal.get()
    if attempt is None or journal is None:
        return await _invoke_tool(function_tool=function_tool, context=context, arguments=arguments)
    return await run_function_tool(_invoke_tool, journal, function_tool, context, arguments)


class _TrackingRunner(AgentRunner):
    """The SDK's runner, which also tells the attempt what it started.

    An assistant that is stopped while it streams leaves its run going unless it cancels it
    itself; the attempt does that for all of them when it ends. A run that paused in an earlier
    turn brings call ids along, which no response of this turn may use for other calls.
    """

    async def run(self, *args: Any, **kwargs: Any) -> RunResult:
        _reserve_call_ids(*args, *kwargs.values())
        return await super().run(*args, **kwargs)

    def run_streamed(self, *args: Any, **kwargs: Any) -> RunResultStreaming:
        _reserve_call_ids(*args, *kwargs.values())
        result = super().run_streamed(*args, **kwargs)
        attempt = current_attempt.get()
        if attempt is not None:
            attempt.runs.append(result)
        return result


def _reserve_call_ids(*given: Any) -> None:
    journal = current_journal.get()
    states = [each for each in given if isinstance(each, RunState)]
    if journal is None or not states:
        return
    for response in states[0]._model_responses:
        for item in response.output:
            if call_id := getattr(item, "call_id", None):
                journal.reserve_call_id(call_id)
