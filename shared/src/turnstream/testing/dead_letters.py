"""Dead letters in memory."""

from datetime import datetime

from turnstream.contracts.turns import DeadLetter, TurnError, TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client.dead_letters import DeadLetters
from turnstream.testing.records import Turn
from turnstream.testing.state import State


class MemoryDeadLetters(DeadLetters):
    """The turns that are marked as dead."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def newest(self, limit: int) -> list[DeadLetter]:
        self._state.pass_time()
        letters = [_letter(turn) for turn in self._state.turns.values() if turn.dead]
        return sorted(letters, key=_ended_at, reverse=True)[:limit]

    async def show(self, turn_id: str) -> DeadLetter:
        turn = self._dead(turn_id)
        return _letter(turn).model_copy(update={"request": turn.command.request})

    async def requeue(self, turn_id: str) -> None:
        turn = self._dead(turn_id)
        if self._state.active(turn.thread_id):
            raise Unprocessable("The thread has an active turn: requeue when it has ended.")
        turn.status, turn.failures, turn.dead = TurnStatus.QUEUED, 0, False
        turn.ended_at, turn.error, turn.not_before = None, None, self._state.now()

    def _dead(self, turn_id: str) -> Turn:
        turn = self._state.turn(turn_id)
        if not turn.dead:
            raise NotFound(f"There is no dead letter {turn_id}.")
        return turn


def _ended_at(letter: DeadLetter) -> datetime:
    return letter.ended_at


def _letter(turn: Turn) -> DeadLetter:
    assert turn.ended_at is not None
    return DeadLetter(
        turn_id=turn.id,
        thread_id=turn.thread_id,
        owner=turn.owner,
        kind=turn.kind,
        attempt=turn.attempt,
        error=turn.error or TurnError(code="unknown"),
        accepted_at=turn.accepted_at,
        ended_at=turn.ended_at,
    )
