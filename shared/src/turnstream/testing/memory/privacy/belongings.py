"""What a user has in memory, by the names of the store's tables."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from turnstream.contracts.owner import Owner
from turnstream.testing.memory.state import State


class Belongings(NamedTuple):
    """Rows of everybody, and the keys of those that are a user's."""

    rows: dict[Any, Any]
    keys: Sequence[Any]

    def delete(self) -> int:
        """Delete what is the user's; how much it was."""
        for key in self.keys:
            del self.rows[key]
        return len(self.keys)


def belongings_of(state: State, owner: Owner) -> dict[str, Belongings]:
    """Where a user has something that an erasure deletes. Items go with their threads."""
    theirs = {turn.id for turn in state.turns.values() if turn.owner == owner}
    found = {
        "tool_calls": _among(state.calls, lambda call: call.turn_id in theirs),
        "paused_runs": _among(state.paused_runs, lambda run: run.turn_id in theirs),
        "turns": _among(state.turns, lambda turn: turn.owner == owner),
        "feedback": _among(state.ratings, lambda each: (each.tenant, each.owner) == owner),
    }
    for name, rows in (
        ("attachments", state.attachments),
        ("files", state.files),
        ("threads", state.threads),
        ("schedules", state.schedules),
        ("reservations", state.reservations),
    ):
        found[name] = _among(rows, lambda each: each.owner == owner)
    for name, owned in (("facts", state.facts), ("outbox", state.emails)):
        found[name] = _among(owned, lambda each: each[0] == owner)
    return found


def _among(rows: dict[Any, Any], is_theirs: Callable[[Any], bool]) -> Belongings:
    return Belongings(rows, [key for key, row in rows.items() if is_theirs(row)])
