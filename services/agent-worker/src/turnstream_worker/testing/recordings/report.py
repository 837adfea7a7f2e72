"""A replay as a person reads it."""

from collections.abc import Iterator
from difflib import unified_diff

from turnstream.contracts.operating.recordings import Recording

from turnstream_worker.testing.recordings.difference import Difference
from turnstream_worker.testing.recordings.model_calls import model_calls

_LINES = 24
"""Lines of a difference that are shown."""
_WIDTH = 300
"""Characters of a line that are shown."""


def same_lines(recording: Recording, ended: str | None) -> list[str]:
    """The lines of a replay in which nothing differs."""
    calls = len(model_calls(recording))
    tools = sum(key.startswith("tool_") for key in recording.journal) + len(recording.calls)
    counts = f"model calls: {calls}, results of tools: {tools}"
    lines = [f"{recording.turn.id}: the same as recorded ({counts})"]
    if ended is not None:
        lines.append(f"as far as the recording goes: {ended}")
    return lines


def difference_lines(recording: Recording, difference: Difference) -> list[str]:
    """The lines of a replay with a difference: where it is, what was recorded, what is now."""
    head = f"{recording.turn.id}: differs from its recording at {difference.where}"
    return [head, *_sides(difference.recorded, difference.now)]


def _sides(recorded: str, now: str) -> Iterator[str]:
    then, today = recorded.splitlines(), now.splitlines()
    if max(len(then), len(today)) <= 1:
        yield f"  recorded: {_cut(recorded)}"
        yield f"  now:      {_cut(now)}"
        return
    changes = list(unified_diff(then, today, n=2, lineterm=""))[3:]
    yield "  - recorded, + now"
    yield from (f"  {_cut(line)}" for line in changes[:_LINES])
    if len(changes) > _LINES:
        yield f"  … {len(changes) - _LINES} more lines"


def _cut(line: str) -> str:
    shown = "".join(each if each.isprintable() else "\ufffd" for each in line)
    return shown if len(shown) <= _WIDTH else f"{shown[:_WIDTH]}… ({len(shown)} characters)"
