"""Runs that wait for a person, kept by the store on behalf of the current attempt."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import orjson
from agents import Agent, RunState
from turnstream.contracts.approvals import (
    Decision,
    PauseRun,
    ResumeRun,
    Resumption,
    WaitingCall,
)
from turnstream.contracts.text import dump_json
from turnstream.errors import NotFound
from turnstream.store_client import StoreClient

from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import current_attempt


class PausedRuns:
    """The paused runs of a worker. Its methods need a current turn, and raise `Fenced`."""

    def __init__(self, client: StoreClient) -> None:
        self._calls = client.paused_runs

    async def pause(self, state: RunState, calls: Sequence[WaitingCall]) -> None:
        """Keep the run with which this turn ends.

        The app's context is left out, because it holds this worker's store. The turn that resumes
        the run brings its own.
        """
        await self.keep(dump_json(state.to_json(context_serializer=lambda _: {})).decode(), calls)

    async def keep(self, state: str, calls: Sequence[WaitingCall]) -> None:
        """Keep whatever this turn ends with, as a text that only its reader understands."""
        attempt = _attempt()
        command = PauseRun(attempt=attempt.number, state=state, calls=list(calls))
        with attempt.fencing():
            await self._calls.pause(attempt.owner, attempt.turn_id, command)

    async def resume(self, decision: Decision) -> Resumption | None:
        """Resume the run that waits in the turn's thread; None if none waits.

        Every attempt of a turn gets the same answer. No two turns get the same run.
        """
        attempt = _attempt()
        command = ResumeRun(attempt=attempt.number, decision=decision)
        try:
            with attempt.fencing():
                return await self._calls.resume(attempt.owner, attempt.turn_id, command)
        except NotFound:
            return None


def _attempt() -> Attempt:
    attempt = current_attempt.get()
    if attempt is None:
        raise RuntimeError("A run can only be paused and taken up in a turn.")
    return attempt


paused_runs: ContextVar[PausedRuns] = ContextVar("paused_runs")
"""The worker's paused runs, set at its start and inherited by every turn."""


async def pause_run(state: RunState, calls: Sequence[WaitingCall]) -> None:
    """Keep a run of the current turn that waits for a person's decision about `calls`.

    The turn then ends. Days later, on any worker, `resume_run` gives the run back. Raises
    `RuntimeError` outside a turn, and `Fenced` when the turn belongs to another worker by now.
    """
    await paused_runs.get().pause(state, calls)


async def resume_run(decision: Decision) -> Resumption | None:
    """Resume the run that waits in the current turn's thread; None if none waits.

    Every attempt of a turn gets the same answer, and no two turns get the same run: then `state` is
    None, and `decision` says what was decided before. Raises what `pause_run` raises.
    """
    return await paused_runs.get().resume(decision)


class UnreadableRun(Exception):
    """This version of an app can't go on with a paused run. Trying again does not help.

    Nothing of the run was done. Tell the user, and let them ask again.
    """


async def load_run(agent: Agent[Any], state: str) -> RunState[Any]:
    """The run of a `Resumption`, for `agent`, the one with which it began.

    Raises `UnreadableRun` when it is damaged, when another version of the SDK wrote it, or when a
    tool that waits is gone.
    """
    try:
        run: RunState[Any] = await RunState.from_json(agent, orjson.loads(state))
        for call in run.get_interruptions():
            tools = {tool.name for tool in call.agent.tools}
            if call.tool_name not in tools and not call.agent.mcp_servers:
                raise LookupError(f"There is no tool {call.tool_name} any more.")
    except Exception as error:  # the SDK hides of what class it was
        raise UnreadableRun(str(error)) from error
    return run
