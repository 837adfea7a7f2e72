"""Runs that wait for a person: what is kept while they wait, and how they are resumed."""

import json
from enum import StrEnum

from pydantic import Field

from turnstream.contracts.ids import call_key
from turnstream.contracts.text import StorableArguments
from turnstream.contracts.tools import NeededApproval
from turnstream.contracts.turns import Contract

STATE_LIMIT = 4_000_000
"""Characters of a run's state. A long history with long tool outputs has a tenth of that."""
CALLS_LIMIT = 20
"""Calls of one run that may wait at once: more cards than anybody decides about with care."""
REASON_LIMIT = 500


class Verdict(StrEnum):
    """The decision about a call that waited for a person."""

    APPROVED = "approved"
    REJECTED = "rejected"
    IGNORED = "ignored"
    """The user went on without deciding."""


class WaitingCall(Contract):
    """A tool call that a person has to decide about, and the card that asks them."""

    call_id: str
    tool: str
    arguments: StorableArguments
    """The JSON text that the model wrote."""
    item_id: str

    def is_for(self, turn_id: str, key: str, tool: str, needed: NeededApproval) -> bool:
        """True for the card of just this call: its id, its key in the turn, its tool, and equal
        arguments, however they are written.
        """
        return (
            (self.call_id, self.tool) == (needed.call_id, tool)
            and key == call_key(turn_id, needed.call_id)
            and _parsed(self.arguments) == _parsed(needed.arguments)
        )


def _parsed(arguments: str) -> object:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


class PauseRun(Contract):
    """Command of a worker: this turn ends with a run that waits for a person."""

    attempt: int
    state: str = Field(max_length=STATE_LIMIT)
    """The run, as JSON that only its worker understands."""
    calls: list[WaitingCall] = Field(min_length=1, max_length=CALLS_LIMIT)


class Decision(Contract):
    """How a run was resumed: with a decision about one of its calls, or with none."""

    call_id: str | None = None
    """None when nobody decided: every waiting call is ignored."""
    verdict: Verdict = Verdict.IGNORED
    reason: str = Field(default="", max_length=REASON_LIMIT)


class ResumeRun(Contract):
    """Command of a worker: let this turn, and no other, resume what waits in its thread."""

    attempt: int
    decision: Decision


class Resumption(Contract):
    """The outcome. The same turn always gets the same one."""

    calls: list[WaitingCall]
    """Those that waited."""
    decision: Decision
    """The decision that counts. Another turn made it when there is no `state`."""
    state: str | None = None
    """The run, for the turn that may resume it; None when another turn did."""
