"""What a `MemoryStore` holds, and the rules that several nouns need."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import orjson

from turnstream.contracts.identity import TenantRecord
from turnstream.contracts.ids import derived_id
from turnstream.contracts.items import required_actions
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Email, Fact, Feedback, StoredItem
from turnstream.contracts.times import utc_now
from turnstream.contracts.turns import CancelReason, Json, RequiredAction, TurnError, TurnStatus
from turnstream.errors import BadRequest, Fenced, NotFound
from turnstream.testing.memory.limits import Limits
from turnstream.testing.memory.privacy.audit import Audit
from turnstream.testing.memory.records import (
    Attachment,
    Call,
    File,
    Item,
    ModelCall,
    OwnedSchedule,
    PausedRun,
    Reservation,
    Thread,
    Turn,
)

SEQS = 1000
"""Numbers in the order of items that one attempt may give out."""
STOPPED = "The user cancelled the stream. Stop responding to the prior request."
"""What the stock server tells the model after a Stop, word for word."""


class State:
    """Everything, and the rules that several nouns need."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.audit = Audit()
        self.tenants: dict[str, TenantRecord] = {}
        self.threads: dict[str, Thread] = {}
        self.deleted_threads: list[Thread] = []
        self.turns: dict[str, Turn] = {}
        self.calls: dict[str, Call] = {}
        self.paused_runs: dict[str, PausedRun] = {}
        self.attachments: dict[str, Attachment] = {}
        self.files: dict[str, File] = {}
        self.facts: dict[str, tuple[Owner, Fact]] = {}
        self.emails: dict[str, tuple[Owner, Email]] = {}
        self.ratings: dict[tuple[str, str], Feedback] = {}
        self.model_calls: dict[tuple[str, str], ModelCall] = {}
        self.reservations: dict[tuple[str, str], Reservation] = {}
        self.schedules: dict[str, OwnedSchedule] = {}
        self.numbers = count(SEQS, SEQS)

    @staticmethod
    def now() -> datetime:
        """The current time."""
        return datetime.now(UTC)

    def limits_of(self, tenant: str) -> Limits:
        """What the users of a tenant may have."""
        known = self.tenants.get(tenant)
        return self.limits if known is None else self.limits.of_tenant(known.settings)

    def thread(self, owner: Owner, thread_id: str) -> Thread:
        """A thread of the owner's. Raises `NotFound`."""
        thread = self.threads.get(thread_id)
        if thread is None or thread.owner != owner:
            raise NotFound(f"There is no thread {thread_id}.")
        return thread

    def turn(self, turn_id: str, owner: Owner | None = None) -> Turn:
        """A turn; with `owner`, only if it is theirs. Raises `NotFound`."""
        self.pass_time()
        turn = self.turns.get(turn_id)
        if turn is None or owner not in (None, turn.owner):
            raise NotFound(f"There is no turn {turn_id}.")
        return turn

    def running(self, turn_id: str, attempt: int, owner: Owner | None = None) -> Turn:
        """A turn that runs in this very attempt; with `owner`, only if it is theirs. Raises
        `Fenced`.
        """
        self.pass_time()
        turn = self.turns.get(turn_id)
        if turn is None or owner not in (None, turn.owner):
            raise Fenced(f"There is no turn {turn_id}.")
        if (turn.attempt, turn.status) != (attempt, TurnStatus.RUNNING):
            raise Fenced(f"The attempt is not the newest of turn {turn_id}.")
        return turn

    def active(self, thread_id: str) -> list[Turn]:
        """The running and waiting turns of a thread, in the order they run."""
        self.pass_time()
        return [turn for turn in self._active() if turn.thread_id == thread_id]

    def newest(self, thread_id: str) -> Turn | None:
        """The turn of a thread that was accepted last."""
        self.pass_time()
        theirs = (turn for turn in reversed(self.turns.values()) if turn.thread_id == thread_id)
        return next(theirs, None)

    def required_actions(self, turn: Turn) -> list[RequiredAction]:
        """What a completed turn left waiting and what nobody has answered since."""
        run = self.paused_runs.get(turn.id)
        thread = self.threads.get(turn.thread_id)
        if turn.status is not TurnStatus.COMPLETED or thread is None:
            return []
        shown = [
            (each.id, each.type, each.public or each.payload)
            for each in thread.in_order()
            if each.turn_id == turn.id and each.attempt and not each.hidden
        ]
        calls = run.calls if run is not None and run.resumed_by is None else []
        return list(required_actions(shown, {call.item_id for call in calls}))

    def under_way(self, tenant: str) -> list[Turn]:
        """The running and waiting turns of a tenant."""
        self.pass_time()
        return [turn for turn in self._active() if turn.owner.tenant == tenant]

    def may_run(self, turn: Turn) -> bool:
        """True for a turn that waits for a worker alone: the first in its thread, at its time."""
        return (
            turn.waits
            and self.active(turn.thread_id)[0] is turn
            and turn.cancel is None
            and turn.not_before <= self.now()
        )

    def has_place(self, turn: Turn) -> bool:
        """True when its user, and its session, may have one more turn running."""
        limits = self.limits_of(turn.owner.tenant)
        running = [
            each
            for each in self.turns.values()
            if each.status is TurnStatus.RUNNING and each.owner == turn.owner
        ]
        session = turn.command.context.session_id
        of_it = sum(each.command.context.session_id == session for each in running)
        if session is not None and of_it >= limits.max_running_turns_per_session:
            return False
        return len(running) < limits.max_running_turns_per_user

    def waiting(self, thread_id: str) -> set[str]:
        """The turns of a thread that wait."""
        return {turn.id for turn in self.active(thread_id) if turn.status is TurnStatus.QUEUED}

    def count(self, key: tuple[str, str], call: ModelCall) -> None:
        """Count a model call, once for its key. What was set aside for it is set aside no more."""
        self.model_calls.setdefault(key, call)
        self.reservations.pop((key[0], call.usage.reserved or ""), None)

    def came_back(self, thread_id: str) -> None:
        """The owner looks at the thread: a connection lost just before or after is not a Stop."""
        for turn in self.active(thread_id):
            turn.disconnected_until, turn.seen_at = None, self.now()

    def add_item(
        self,
        thread: Thread,
        item: StoredItem,
        turn_id: str | None = None,
        attempt: int = 0,
    ) -> None:
        """Append an item, or change the one of this id."""
        known = thread.items.get(item.item_id)
        if known is not None and turn_id is None:
            known.change(item.payload, item.public)
        elif known is not None:
            known.payload, known.public = item.payload, item.public
        else:
            seq = item.seq if item.seq is not None else next(self.numbers)
            thread.items[item.item_id] = Item(
                item.item_id, item.type, item.payload, item.public, seq, turn_id, attempt
            )

    def request_cancel(self, turn: Turn, reason: CancelReason) -> None:
        """Stop an active turn. The first reason stays; a turn that never ran ends here."""
        turn.cancel = turn.cancel or reason
        if turn.status is TurnStatus.QUEUED and turn.attempt == 0:
            self.end(turn, TurnStatus.CANCELLED)

    def end(
        self,
        turn: Turn,
        status: TurnStatus,
        error: TurnError | None = None,
        *,
        dead: bool = False,
    ) -> None:
        """End a turn. Journal and ledger go, unless they are kept for such turns, or it is a dead
        letter, which may run again.
        """
        turn.status, turn.ended_at, turn.error, turn.dead = status, self.now(), error, dead
        turn.lease_until = turn.disconnected_until = None
        if not dead and not self.limits.keep_journals.keeps(status):
            turn.journal.clear()
            for key in [key for key, call in self.calls.items() if call.turn_id == turn.id]:
                del self.calls[key]

    def _active(self) -> Iterator[Turn]:
        return (turn for turn in self.turns.values() if not turn.status.ended)

    def pass_time(self) -> None:
        """Do what the store's sweeper does: leases that have passed, turns that nobody runs."""
        now = self.now()
        for turn in list(self._active()):
            if turn.lease_until is not None and turn.lease_until < now:
                turn.status, turn.lease_until = TurnStatus.QUEUED, None
                turn.failures += 1
            if turn.disconnected_until is not None and turn.disconnected_until < now:
                turn.disconnected_until = None
                self.request_cancel(turn, CancelReason.DISCONNECT)
            if turn.status is TurnStatus.QUEUED and (
                turn.cancel or turn.failures >= self.limits.max_attempts
            ):
                self._close(turn)

    def _close(self, turn: Turn) -> None:
        """End a turn that nobody runs, under an attempt of its own, which fences its workers."""
        turn.attempt += 1
        if turn.cancel is None:
            message = "The answer could not be completed. Please try again."
            event = {"type": "error", "code": "custom", "message": message, "allow_retry": True}
            last = turn.error or TurnError(code="unknown")
            died = f"Its worker died {turn.failures} times."
            error = TurnError(
                code="worker_blocked" if turn.blocked else "out_of_attempts",
                message=message,
                detail=turn.blocked or last.detail or died,
                event=event,
                cause=last.cause,
            )
            self.end(turn, TurnStatus.FAILED, error, dead=True)
            return
        self.end(turn, TurnStatus.CANCELLED)
        if turn.cancel is not CancelReason.INTERRUPT:
            marker = {
                "id": derived_id("shcx", turn.id, "stopped"),
                "thread_id": turn.thread_id,
                "created_at": utc_now(),
                "type": "sdk_hidden_context",
                "content": STOPPED,
            }
            thread = self.threads[turn.thread_id]
            self.add_item(thread, stored(marker), turn.id, turn.attempt)


def stored(item: Json, public: Json | None = None) -> StoredItem:
    """An item for the store, with a public form only where it differs."""
    return StoredItem(
        item_id=item["id"],
        type=item["type"],
        payload=orjson.dumps(item).decode(),
        public=orjson.dumps(public).decode() if public not in (None, item) else None,
    )


def check_text(*texts: object) -> None:
    """Raise `BadRequest` for text that Postgres cannot hold: a NUL."""
    if any("\x00" in text for text in texts if isinstance(text, str)):
        raise BadRequest("Text must not contain NUL characters.")
