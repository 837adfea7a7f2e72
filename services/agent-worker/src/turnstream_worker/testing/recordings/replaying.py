"""Runs the turn of a recording against today's code of an app, without a model."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agents import set_tracing_disabled
from turnstream.contracts.operating.recordings import Recording
from turnstream.contracts.turns import RESERVED_ACTIONS, JournalRetention
from turnstream.recordings.files import UnreadableRecording, read_recording
from turnstream.recordings.redaction import redacted
from turnstream.testing import Limits, MemoryStore

from turnstream_worker.models.model_override import override_models
from turnstream_worker.replay.tools import before_call
from turnstream_worker.testing.app import Factory, app_with
from turnstream_worker.testing.recordings.difference import Difference
from turnstream_worker.testing.recordings.mcp import RecordedMcpServers, mcp_tools_of
from turnstream_worker.testing.recordings.model_calls import model_calls, without_models
from turnstream_worker.testing.recordings.recorded_answers import RecordedAnswers
from turnstream_worker.testing.recordings.report import difference_lines, same_lines
from turnstream_worker.testing.recordings.turn_differences import first_difference
from turnstream_worker.testing.toolbox import LocalToolbox
from turnstream_worker.testing.turn import LocalTurn
from turnstream_worker.tools.mcp.servers import mcp_servers


class CannotReplay(ValueError):
    """A recording that can't be run. Its text says why."""


@dataclass(frozen=True)
class ReplayResult:
    """A recorded turn, run again."""

    recording: Recording
    """What was recorded."""
    turn: LocalTurn
    """What became of it now."""
    difference: Difference | None
    """What differs first; None where nothing does."""
    ended: str | None
    """What the run asked for that the recording does not have, where it came to that."""

    def __str__(self) -> str:
        """The report that `turnstream replay` prints."""
        if self.difference is None:
            return "\n".join(same_lines(self.recording, self.ended))
        return "\n".join(difference_lines(self.recording, self.difference))

    def assert_same(self) -> None:
        """Raise `AssertionError`, which tells the first difference, if there is one."""
        if self.difference is not None:
            raise AssertionError(str(self))


def replayed(
    recording: Recording | Path | str,
    app: str | Factory,
    *,
    tools: str = "",
    run_tools: bool = False,
    ignore: Collection[str] = (),
) -> ReplayResult:
    """Run a recorded turn against an app, outside any event loop; `replay` is for inside one.

        def test_turn_0198() -> None:
            replayed("tests/turn_0198.json", "my_app:create").assert_same()

    Models answer from the recording, and so do tools unless `run_tools`. `tools` is as in `TOOLS`.
    `ignore` names parts that may differ: `instructions`, `tools`, `settings`, `input`, `calls`,
    `items`, `events`, `end`. Raises `UnreadableRecording`, `CannotReplay`, and what `local_app`
    raises.
    """
    return asyncio.run(replay(recording, app, tools=tools, run_tools=run_tools, ignore=ignore))


async def replay(
    recording: Recording | Path | str,
    app: str | Factory,
    *,
    tools: str = "",
    run_tools: bool = False,
    ignore: Collection[str] = (),
) -> ReplayResult:
    """The same, where an event loop runs already."""
    recorded = recording if isinstance(recording, Recording) else read_recording(Path(recording))
    _check(recorded, tools)
    set_tracing_disabled(True)  # it would send the recording to OpenAI
    answers = RecordedAnswers(recorded)
    store = MemoryStore(Limits(keep_journals=JournalRetention.ALL))
    before = None if run_tools else answers.check_remote
    box = partial(LocalToolbox, tools, store, before=before)
    hook = before_call.set(None if run_tools else answers.end_at_tool)
    try:
        with override_models(answers.model):
            async with app_with(app, store, box) as made:
                mcp_servers.set(RecordedMcpServers(answers, model_calls(recorded)))
                turn = await made.run(_restored(recorded, run_tools=run_tools))
                now = await made.record(turn.id)
    finally:
        before_call.reset(hook)
    difference = first_difference(
        recorded, redacted(now, recorded.redacted), ended=answers.ended, ignore=ignore
    )
    return ReplayResult(recorded, turn, difference, answers.ended)


def _check(recording: Recording, tools: str) -> None:
    turn = recording.turn
    action = turn.request.get("params", {}).get("action") or {}
    if str(action.get("type")).startswith(RESERVED_ACTIONS):
        raise CannotReplay(
            f"{turn.id} goes on with a run that waited for a person. What that run had done by "
            "then is in no recording."
        )
    if recording.calls and not tools:
        names = ", ".join(sorted({call.tool for call in recording.calls.values()}))
        raise CannotReplay(
            f"{turn.id} called tools of a tools service ({names}): name their modules with "
            "--tools, as TOOLS does. They are not run."
        )


def _restored(recording: Recording, *, run_tools: bool) -> Recording:
    """What the store gets: no answers of models, and results of tools unless they run."""
    journal, calls = without_models(recording.journal), recording.calls
    if run_tools:
        journal = _without_results(recording, journal)
        calls = {}
    # The app is named here, whatever the deployment called it; so is its model.
    context = recording.turn.context.model_copy(update={"workflow": None, "model": None})
    turn = recording.turn.model_copy(update={"context": context})
    return recording.model_copy(update={"journal": journal, "calls": calls, "turn": turn})


def _without_results(recording: Recording, journal: dict[str, Any]) -> dict[str, Any]:
    """The records without those of tools that can run here: not those of MCP servers."""
    made = model_calls(recording)
    theirs = mcp_tools_of(made)
    called = (each for call in made for each in call.tool_calls)
    kept = tuple(str(each["call_id"]) for each in called if each.get("name") in theirs)
    return {
        key: value
        for key, value in journal.items()
        if not key.startswith(("tool_", "begun_")) or key.partition("_")[2].startswith(kept)
    }


__all__ = ["CannotReplay", "ReplayResult", "UnreadableRecording", "replay", "replayed"]
