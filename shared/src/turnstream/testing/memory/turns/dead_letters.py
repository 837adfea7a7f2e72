"""Failed turns and dead letters in memory."""

from collections import Counter
from datetime import datetime

from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.turns import DeadLetter, FailedTurn, FailedTurns, TurnError, TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client.turns.dead_letters import DeadLetters
from turnstream.testing.memory.records import Turn
from turnstream.testing.memory.state import State


class MemoryDeadLetters(DeadLetters):
    """The turns that have failed, and those marked as dead."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def newest(self, limit: int) -> list[DeadLetter]:
        self._state.pass_time()
        letters = [_letter(turn) for turn in self._state.turns.values() if turn.dead]
        return sorted(letters, key=_ended_at, reverse=True)[:limit]

    async def show(self, turn_id: str) -> DeadLetter:
        turn = self._dead(turn_id)
        return _letter(turn).model_copy(update={"request": turn.command.request})

    async def requeue(self, turn_id: str, actor: Actor | None = None) -> None:
        turn = self._dead(turn_id)
        if self._state.active(turn.thread_id):
            raise Unprocessable("The thread has an active turn: requeue when it has ended.")
        turn.status, turn.failures, turn.dead = TurnStatus.QUEUED, 0, False
        turn.ended_at, turn.error, turn.blocked = None, None, None
        turn.not_before = self._state.now()
        self._state.audit.tell(Action.TURN_REQUEUED, actor, turn.owner, turn_id)

    async def failed(
        self, limit: int, since: datetime | None = None, code: str | None = None
    ) -> FailedTurns:
        self._state.pass_time()
        found = [
            each
            for turn in self._state.turns.values()
            if turn.status is TurnStatus.FAILED
            for each in [FailedTurn.model_validate(_fields(turn))]
            if (since is None or each.ended_at >= since) and code in (None, each.error.code)
        ]
        counts = Counter(each.error.code for each in found)
        newest = sorted(found, key=_ended_at, reverse=True)[:limit]
        return FailedTurns(data=newest, counts=dict(counts.most_common()))

    async def show_failed(self, turn_id: str) -> FailedTurn:
        turn = self._state.turn(turn_id)
        if turn.status is not TurnStatus.FAILED:
            raise NotFound(f"There is no failed turn {turn_id}.")
        return FailedTurn.model_validate(_fields(turn))

    def _dead(self, turn_id: str) -> Turn:
        turn = self._state.turn(turn_id)
        if not turn.dead:
            raise NotFound(f"There is no dead letter {turn_id}.")
        return turn


def _ended_at(turn: FailedTurn) -> datetime:
    return turn.ended_at


def _letter(turn: Turn) -> DeadLetter:
    return DeadLetter.model_validate(_fields(turn))


def _fields(turn: Turn) -> dict[str, object]:
    return {
        "turn_id": turn.id,
        "thread_id": turn.thread_id,
        "tenant": turn.owner.tenant,
        "owner": turn.owner.user,
        "kind": turn.kind,
        "attempt": turn.attempt,
        "error": turn.error or TurnError(code="unknown"),
        "accepted_at": turn.accepted_at,
        "ended_at": turn.ended_at,
        "dead": turn.dead,
    }
