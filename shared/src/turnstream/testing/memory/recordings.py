"""Recordings of turns in memory, and the way back: a recorded turn that may run again."""

from datetime import datetime, timedelta

import orjson

from turnstream.contracts.operating.privacy import Action
from turnstream.contracts.operating.recordings import (
    RecordedCall,
    RecordedItem,
    RecordedTurn,
    Recording,
)
from turnstream.contracts.turns import AcceptTurn, Json
from turnstream.errors import Unprocessable
from turnstream.store_client.recordings import Recordings
from turnstream.testing.memory.records import Call, Item, Thread, Turn
from turnstream.testing.memory.state import State, stored


class MemoryRecordings(Recordings):
    """Turns as recordings."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def of_turn(self, turn_id: str) -> Recording:
        turn = self._state.turn(turn_id)
        kept = turn.dead or self._state.limits.keep_journals.keeps(turn.status)
        if turn.status.ended and not kept:
            raise Unprocessable(f"The journal of {turn_id} is gone.")
        self._state.audit.tell(Action.TURN_RECORDED, None, turn.owner, turn_id)
        thread = self._state.threads[turn.thread_id]
        own = [item for item in thread.in_order() if item.turn_id == turn_id]
        first = min((item.seq for item in own), default=None)
        before = [
            item
            for item in thread.in_order()
            if item.turn_id != turn_id and (first is None or item.seq < first)
        ]
        return Recording(
            recorded_at=self._state.now(),
            turn=_turn(turn),
            thread=turn.thread_before or thread.document(public=False),
            history=[_item(each, None) for each in before],
            items=[_item(each, each.attempt) for each in own],
            journal={key: orjson.loads(text) for key, text in turn.journal.items()},
            calls={
                key: RecordedCall(tool=call.tool, result=call.result)
                for key, call in self._state.calls.items()
                if call.turn_id == turn_id
            },
        )

    def restore(self, recording: Recording) -> None:
        """Restore the thread as it was before the turn, and queue the turn. Its next attempt begins
        as after a crash, and is the last one.
        """
        turn, state = recording.turn, self._state
        owner = turn.context.owner
        fields: Json = {**recording.thread}
        metadata = fields.pop("metadata", {})
        thread = Thread(
            fields.pop("id", turn.thread_id),
            owner,
            datetime.fromisoformat(fields.pop("created_at")),
            fields,
            metadata,
        )
        state.threads[thread.id] = thread
        for each in recording.history:
            state.add_item(thread, stored(each.item, each.public))
        for each in recording.items:
            if each.attempt == 0:
                state.add_item(thread, stored(each.item, each.public), turn.id, 0)
        now = state.now()
        state.turns[turn.id] = Turn(
            command=AcceptTurn(turn_id=turn.id, request=turn.request, context=turn.context),
            thread_id=thread.id,
            fingerprint="",
            opening=turn.opening,
            prelude=turn.prelude,
            input_item_id=turn.input_item_id,
            accepted_at=now,
            not_before=now,
            attempt=1,
            failures=state.limits.max_attempts - 1,
            thread_before=recording.thread,
            journal={key: orjson.dumps(value).decode() for key, value in recording.journal.items()},
        )
        for key, call in recording.calls.items():
            lease = now + timedelta(days=1)
            state.calls[key] = Call(turn.id, call.tool, "recorded", lease, result=call.result)


def _turn(turn: Turn) -> RecordedTurn:
    return RecordedTurn(
        id=turn.id,
        thread_id=turn.thread_id,
        kind=turn.kind,
        status=turn.status,
        attempt=turn.attempt,
        failures=turn.failures,
        accepted_at=turn.accepted_at,
        ended_at=turn.ended_at,
        error=turn.error,
        request=turn.command.request,
        context=turn.command.context.model_copy(update={"headers": {}}),
        opening=turn.opening,
        prelude=turn.prelude,
        input_item_id=turn.input_item_id,
    )


def _item(item: Item, attempt: int | None) -> RecordedItem:
    public = None if item.public is None else orjson.loads(item.public)
    return RecordedItem(item=orjson.loads(item.payload), public=public, attempt=attempt)
