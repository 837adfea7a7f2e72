"""Turns in memory."""

import orjson

from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import (
    AcceptTurn,
    CancelReason,
    ClaimedTurn,
    ClaimTurn,
    Json,
    ReleaseTurn,
    RenewedLeases,
    RenewLeases,
    TurnAccepted,
    TurnStatus,
    TurnView,
)
from turnstream.errors import Fenced, NotFound
from turnstream.store_client.turns.lifecycle import Turns
from turnstream.testing.memory.records import Item, Thread, Turn
from turnstream.testing.memory.state import SEQS, State
from turnstream.testing.memory.threads.of_owner import NO_ITEMS, fitting, seen_by_attempt
from turnstream.testing.memory.turns.acceptance import accept
from turnstream.testing.memory.turns.effects import delete_after
from turnstream.testing.memory.turns.rounds import Rounds
from turnstream.usage.budgets import budget_of_turn

NEWEST_ITEMS = 30
"""Items sent along with a claim."""


class MemoryTurns(Turns):
    """Turns by id, in the order of their acceptance."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rounds = Rounds(state)

    async def accept(self, command: AcceptTurn) -> TurnAccepted:
        return accept(self._state, command)

    async def claim_next(self, command: ClaimTurn) -> ClaimedTurn | None:
        state = self._state
        state.pass_time()
        waiting = [
            turn
            for turn in state.turns.values()
            if self._can_be_claimed(turn, command) and state.has_place(turn)
        ]
        if not waiting:
            return None
        return self._begin(min(waiting, key=self._rounds.next_of), command)

    async def claim(self, command: ClaimTurn) -> ClaimedTurn | None:
        self._state.pass_time()
        turn = self._state.turns.get(command.turn_id)
        if turn is None or turn.owner.tenant != command.tenant:
            return None
        return self._begin(turn, command) if self._can_be_claimed(turn, command) else None

    def _can_be_claimed(self, turn: Turn, command: ClaimTurn) -> bool:
        state = self._state
        most = state.limits.max_attempts - (0 if command.accepts_last_attempt else 1)
        return state.may_run(turn) and turn.failures < most

    def _begin(self, turn: Turn, command: ClaimTurn) -> ClaimedTurn:
        state = self._state
        turn.status, turn.lease_until = TurnStatus.RUNNING, state.now() + command.lease
        turn.attempt, turn.blocked = turn.attempt + 1, None
        turn.worker = command.worker
        self._rounds.note_served(turn)
        thread = state.threads[turn.thread_id]
        if turn.thread_before is None:
            _prepare(state, thread, turn)
            turn.thread_before = thread.document(public=False)
        return _claimed(state, thread, turn)

    async def renew(self, command: RenewLeases) -> RenewedLeases:
        held: list[str] = []
        cancelled: dict[str, CancelReason] = {}
        for each in command.turns:
            try:
                turn = self._state.running(each.turn_id, each.attempt)
            except Fenced:
                continue
            turn.lease_until = self._state.now() + command.lease
            turn.blocked = each.blocked or None
            held.append(turn.id)
            if turn.cancel is not None:
                cancelled[turn.id] = turn.cancel
        return RenewedLeases(held=held, cancelled=cancelled)

    async def release(self, owner: Owner, turn_id: str, command: ReleaseTurn) -> None:
        turn = self._state.running(turn_id, command.attempt, owner)
        turn.status, turn.lease_until = TurnStatus.QUEUED, None
        turn.not_before = self._state.now() + command.delay
        turn.failures += command.count_as_failed
        turn.error = command.error or turn.error

    async def cancel(self, owner: Owner, turn_id: str, reason: CancelReason) -> TurnView:
        turn = self._state.turn(turn_id, owner)
        if not turn.status.ended:
            self._state.request_cancel(turn, reason)
        return turn.view()

    async def disconnect(self, owner: Owner, turn_id: str) -> None:
        self._state.pass_time()
        turn, grace = self._state.turns.get(turn_id), self._state.limits.disconnect_grace
        if turn is None or turn.owner != owner or turn.status.ended:
            return
        now = self._state.now()
        if turn.seen_at is None or turn.seen_at <= now - grace:
            turn.disconnected_until = now + grace

    async def show(self, owner: Owner, turn_id: str, *, present: bool = False) -> TurnView:
        turn = self._state.turn(turn_id, owner)
        if present:
            self._state.came_back(turn.thread_id)
        return turn.view().model_copy(
            update={"required_actions": self._state.required_actions(turn)}
        )

    async def worker(self, owner: Owner, turn_id: str) -> str | None:
        turn = self._state.turn(turn_id, owner)
        return turn.worker if turn.status is TurnStatus.RUNNING else None

    async def active(self, owner: Owner, thread_id: str, *, or_failed: bool = False) -> TurnView:
        self._state.thread(owner, thread_id)
        active = self._state.active(thread_id)
        if not active:
            newest = self._state.newest(thread_id) if or_failed else None
            if newest is not None and newest.status is TurnStatus.FAILED:
                return newest.view()
            raise NotFound("The thread has no active turn.")
        self._state.came_back(thread_id)
        return active[0].view()

    async def replay(self, owner: Owner, turn_id: str) -> bytes:
        turn = self._state.turn(turn_id, owner)
        thread = self._state.threads[turn.thread_id]
        events: list[Json] = [*turn.opening]
        for item in thread.in_order():
            added = item.turn_id == turn_id and item.attempt > 0
            if not item.hidden and (added or item.changed_by == turn_id):
                kind = f"thread.item.{'done' if added else 'replaced'}"
                events.append({"type": kind, "item": orjson.loads(item.public or item.payload)})
        shown = {**thread.document(public=True), **NO_ITEMS}
        events.append({"type": "thread.updated", "thread": shown})
        if turn.status is TurnStatus.FAILED and turn.error and turn.error.event:
            events.append(turn.error.event)
        return orjson.dumps(events)


def _prepare(state: State, thread: Thread, turn: Turn) -> None:
    """Make the thread what the turn looks back on: a retried answer goes, and a message that
    waited moves after the answers before it.
    """
    if turn.kind == "threads.retry_after_item":
        message = thread.items.get(turn.input_item_id or "")
        if message is not None:
            delete_after(state, thread, message.seq, spare_turn=turn.id)
        return
    waiting = state.waiting(thread.id)
    newest = max((i.seq for i in thread.items.values() if i.turn_id not in waiting), default=0)
    for item in thread.items.values():
        if item.turn_id == turn.id and item.attempt == 0 and item.seq < newest:
            item.seq = next(state.numbers)


def _claimed(state: State, thread: Thread, turn: Turn) -> ClaimedTurn:
    own = [item for item in thread.in_order() if item.turn_id == turn.id and item.attempt > 0]
    edited = [item.payload_before_edit for item in own if item.payload_before_edit is not None]
    newest = seen_by_attempt(state, thread, turn.id, turn.attempt)[::-1]
    sent = fitting([item.payload for item in newest], NEWEST_ITEMS)
    source = thread.items.get(turn.input_item_id or "")
    assert turn.thread_before is not None
    return ClaimedTurn(
        turn_id=turn.id,
        thread_id=thread.id,
        attempt=turn.attempt,
        final_attempt=turn.failures + 1 >= state.limits.max_attempts,
        request=turn.command.request,
        context=turn.command.context,
        credentials=turn.command.credentials,
        opening=turn.opening,
        prelude=turn.prelude,
        thread=turn.thread_before,
        input_item=_payload(source) if source is not None else None,
        own_items=[_payload(item) for item in own],
        made_items=[orjson.loads(payload) for payload in edited],
        items=[_payload(item) for item in newest[:sent]],
        has_more_items=len(newest) > sent,
        first_seq=next(state.numbers) + 1,
        seqs=SEQS - 1,
        last_error=turn.error,
        budget=budget_of_turn(state.limits_of(turn.owner.tenant)),
        keep_journals=state.limits.keep_journals,
    )


def _payload(item: Item) -> Json:
    payload: Json = orjson.loads(item.payload)
    return payload
