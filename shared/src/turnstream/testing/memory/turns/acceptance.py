"""Acceptance in memory: a request becomes a turn with all that it implies, or changes nothing."""

from datetime import datetime

import orjson

from turnstream.contracts.ids import digest, new_thread_id
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import AcceptTurn, BusyPolicy, CancelReason, Json, TurnAccepted
from turnstream.errors import (
    IdempotencyKeyReused,
    ThreadBusy,
    ThreadFull,
    TooManyThreads,
    TooManyTurns,
    TooManyTurnsOfSession,
    TooManyTurnsOfTenant,
)
from turnstream.http import sse
from turnstream.redis.event_log import OPENING
from turnstream.testing.memory.records import Thread, Turn
from turnstream.testing.memory.state import State, check_text
from turnstream.testing.memory.turns.effects import Effects, effects_of
from turnstream.testing.memory.usage.budgets import check_left
from turnstream.thread_status import check_active


def accept(state: State, command: AcceptTurn) -> TurnAccepted:
    """Accept a turn, or find the one that the same command or idempotency key made before.

    Every check comes before the first change.
    """
    check_text(command.turn_id, command.idempotency_key)
    earlier = _accepted_before(state, command)
    if earlier is not None:
        return earlier
    owner = command.context.owner
    _check_tenant(state, owner)
    check_left(state, owner)
    request, now = command.request, state.now()
    begins = request["type"] == "threads.create"
    thread = _thread_of(state, command, now)
    _check_room(state, thread, command)
    interrupted = [] if begins else _interrupted(state, thread, command)
    effects = effects_of(state, request, thread)
    _check_turns(state, command, interrupted)
    if begins:
        state.threads[thread.id] = thread
    for turn in interrupted:
        state.request_cancel(turn, CancelReason.INTERRUPT)
    opening = [_created(thread), *effects.opening] if begins else effects.opening
    turn = _turn(command, thread, opening, effects, now)
    state.turns[turn.id] = turn
    effects.apply()
    if effects.message is not None:
        state.add_item(thread, effects.message, turn.id)
    return _accepted(turn)


def _check_tenant(state: State, owner: Owner) -> None:
    most = state.limits_of(owner.tenant).max_turns_per_tenant
    if len(state.under_way(owner.tenant)) >= most:
        raise TooManyTurnsOfTenant(f"At most {most} turns of a tenant.")


def _check_turns(state: State, command: AcceptTurn, interrupted: list[Turn]) -> None:
    """What is interrupted before it ran makes room: it ends at once."""
    owner, session_id = command.context.owner, command.context.session_id
    limits = state.limits_of(owner.tenant)
    mine = [
        turn
        for turn in state.under_way(owner.tenant)
        if turn.owner == owner and (turn.attempt or turn not in interrupted)
    ]
    if len(mine) >= limits.max_turns_per_user:
        raise TooManyTurns(f"At most {limits.max_turns_per_user} turns at a time.")
    of_session = sum(turn.command.context.session_id == session_id for turn in mine)
    if session_id is not None and of_session >= limits.max_turns_per_session:
        most = limits.max_turns_per_session
        raise TooManyTurnsOfSession(f"At most {most} turns at a time in one session.")


def _accepted_before(state: State, command: AcceptTurn) -> TurnAccepted | None:
    key = command.idempotency_key
    for turn in state.turns.values():
        same_key = key is not None and turn.command.idempotency_key == key
        if turn.owner == command.context.owner and (turn.id == command.turn_id or same_key):
            state.came_back(turn.thread_id)
            if turn.fingerprint != _fingerprint(command.request):
                raise IdempotencyKeyReused
            return _accepted(turn, existing=True)
    return None


def _thread_of(state: State, command: AcceptTurn, now: datetime) -> Thread:
    """The request's thread, which is open, or a new one that nobody has seen yet."""
    owner, request = command.context.owner, command.request
    if request["type"] == "threads.create":
        session_id = command.context.session_id
        return Thread(new_thread_id(session_id), owner, now, session_id=session_id)
    thread = state.thread(owner, request["params"]["thread_id"])
    check_active(thread.fields)
    return thread


def _check_room(state: State, thread: Thread, command: AcceptTurn) -> None:
    limits, kind = state.limits, command.request["type"]
    kept = sum(each.owner == thread.owner for each in state.threads.values())
    if kind == "threads.create" and kept >= limits.max_threads_per_user:
        raise TooManyThreads(f"At most {limits.max_threads_per_user} threads of a user.")
    says = kind == "threads.add_user_message"
    if says and len(thread.items) >= limits.max_items_per_thread:
        raise ThreadFull(f"At most {limits.max_items_per_thread} items in a thread.")


def _interrupted(state: State, thread: Thread, command: AcceptTurn) -> list[Turn]:
    """The turns that make room for this one. A retry always interrupts: what runs now would be
    deleted by it.
    """
    active = state.active(thread.id)
    if not active:
        return []
    if command.when_busy is BusyPolicy.REJECT:
        raise ThreadBusy(f"Turn {active[0].id} is {active[0].status}.")
    if command.request["type"] == "threads.retry_after_item":
        return active
    if command.when_busy is BusyPolicy.INTERRUPT:
        return active
    waiting = len(state.waiting(thread.id))
    if waiting >= state.limits_of(thread.owner.tenant).max_queued_per_thread:
        raise TooManyTurns(f"{waiting} turns wait in this thread already.")
    return []


def _turn(
    command: AcceptTurn, thread: Thread, opening: list[Json], effects: Effects, now: datetime
) -> Turn:
    return Turn(
        command=command,
        thread_id=thread.id,
        fingerprint=_fingerprint(command.request),
        opening=opening,
        prelude=effects.prelude,
        input_item_id=effects.input_item_id,
        accepted_at=now,
        not_before=now,
    )


def _accepted(turn: Turn, *, existing: bool = False) -> TurnAccepted:
    frames = sse.frames(OPENING, [orjson.dumps(event) for event in turn.opening])
    return TurnAccepted(
        turn_id=turn.id, thread_id=turn.thread_id, opening=frames.decode(), existing=existing
    )


def _created(thread: Thread) -> Json:
    items: Json = {"data": [], "has_more": False}
    return {"type": "thread.created", "thread": {**thread.document(public=True), "items": items}}


def _fingerprint(request: Json) -> str:
    return digest(orjson.dumps(request, option=orjson.OPT_SORT_KEYS).decode())
