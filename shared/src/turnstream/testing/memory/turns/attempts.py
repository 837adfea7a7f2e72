"""What a running attempt writes, in memory."""

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem, ThreadPatch, WriteAttempt
from turnstream.contracts.turns import Json, TurnEnd
from turnstream.errors import Fenced
from turnstream.store_client.turns.attempts import Attempts
from turnstream.testing.memory.records import ModelCall, Thread, Turn
from turnstream.testing.memory.state import State
from turnstream.testing.memory.threads.of_owner import apply_patch


class MemoryAttempts(Attempts):
    """Writes to the records of a turn and its thread, for the newest attempt only."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def write(self, owner: Owner, turn_id: str, command: WriteAttempt) -> None:
        if command.end is None:
            turn = self._state.running(turn_id, command.attempt, owner)
        else:
            ending = self._ending(owner, turn_id, command.attempt, command.end)
            if ending is None:
                return
            turn = ending
        thread = self._state.threads[turn.thread_id]
        for item_id in command.removed:
            thread.remove(item_id)
        for item in command.items:
            self._save(thread, turn, item)
        for item_id in command.reconfirmed:
            known = thread.items.get(item_id)
            if known is not None and known.turn_id == turn_id:
                known.attempt = command.attempt
        for step in command.steps:
            turn.journal.setdefault(step.key, step.value)
        self._count(turn, command)
        if command.end is not None:
            end = command.end
            self._state.end(turn, end.status, end.error, dead=end.dead)

    async def patch_thread(self, owner: Owner, turn_id: str, patch: ThreadPatch) -> Json:
        turn = self._state.running(turn_id, patch.attempt, owner)
        thread, kept = self._state.threads[turn.thread_id], turn.changed_by_others
        fields = {name: value for name, value in patch.fields.items() if name not in kept}
        apply_patch(thread, patch.model_copy(update={"fields": fields}))
        return thread.document(public=False)

    async def journal(self, owner: Owner, turn_id: str) -> dict[str, str]:
        turn = self._state.turns.get(turn_id)
        return dict(turn.journal) if turn is not None and turn.owner == owner else {}

    def _ending(self, owner: Owner, turn_id: str, attempt: int, end: TurnEnd) -> Turn | None:
        """The turn that the attempt may end; None when it ended it so before. An end that comes
        after its lease counts while nobody else has the turn.
        """
        self._state.pass_time()
        turn = self._state.turns.get(turn_id)
        if turn is None or turn.owner != owner or turn.attempt != attempt:
            raise Fenced(f"The attempt is not the newest of turn {turn_id}.")
        if not turn.status.ended:
            return turn
        if turn.status != end.status:
            raise Fenced(f"Turn {turn_id} has ended as {turn.status}.")
        return None

    def _count(self, turn: Turn, command: WriteAttempt) -> None:
        calls, attempt = self._state.model_calls, command.attempt
        for usage in command.usage:
            call = ModelCall(turn.owner, turn.thread_id, usage, attempt, self._state.now())
            self._state.count((turn.id, usage.key), call)
        for key in command.played_back:
            known = calls.get((turn.id, key))
            if known is not None and known.attempt < attempt:
                known.attempt, known.played_back = attempt, known.played_back + 1

    def _save(self, thread: Thread, turn: Turn, item: StoredItem) -> None:
        known = thread.items.get(item.item_id)
        if known is None:
            self._state.add_item(thread, item, turn.id, turn.attempt)
            return
        if known.turn_id == turn.id:
            known.payload, known.public = item.payload, item.public
            known.payload_before_edit, known.attempt = None, turn.attempt
        else:
            known.change(item.payload, item.public)
        known.type, known.changed_by = item.type, turn.id
