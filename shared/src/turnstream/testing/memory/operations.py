"""What an operator sees and does, in memory."""

from collections import Counter

import orjson

from turnstream.contracts.operating.operations import (
    JournalEntry,
    RunAgain,
    ToolCallSummary,
    TurnContent,
    TurnDetails,
    TurnList,
    TurnSearch,
    TurnStarted,
    TurnState,
    TurnSummary,
    repeated,
)
from turnstream.contracts.operating.overview import (
    SILENT_AFTER,
    Overview,
    TenantLoad,
    WorkerHeartbeat,
    WorkerState,
)
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.contracts.turns import AcceptTurn, BusyPolicy, CancelReason, TurnStatus
from turnstream.errors import Unprocessable
from turnstream.store_client.operations import Operations
from turnstream.store_client.queue import Queue
from turnstream.store_client.turns.lifecycle import Turns
from turnstream.testing.memory.records import Turn
from turnstream.testing.memory.state import State

_ACTIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)
_ENDED = (TurnStatus.FAILED, TurnStatus.CANCELLED)


class MemoryOperations(Operations):
    """The turns of everybody. There is no timeline and no event log."""

    def __init__(self, state: State, turns: Turns, queue: Queue) -> None:
        self._state = state
        self._turns = turns
        self._queue = queue
        self._workers: dict[str, WorkerState] = {}

    async def overview(self) -> Overview:
        self._state.pass_time()
        turns, now = list(self._state.turns.values()), self._state.now()
        queued = [each for each in turns if each.status is TurnStatus.QUEUED]
        running = [each for each in turns if each.status is TurnStatus.RUNNING]
        waiting, busy = (Counter(each.owner.tenant for each in some) for some in (queued, running))
        workers = [
            each.model_copy(update={"alive": now - each.seen_at <= SILENT_AFTER})
            for each in self._workers.values()
        ]
        queue = await self._queue.state()
        able = [each for each in workers if each.alive and not each.draining]
        return Overview(
            queued=len(queued),
            running=len(running),
            held_back=sum(
                not (self._state.may_run(each) and self._state.has_place(each)) for each in queued
            ),
            oldest_runnable=queue.oldest if queue.tenants else None,
            slots=sum(each.slots for each in able),
            free=sum(max(0, each.slots - each.running) for each in able),
            workers=workers,
            tenants=[
                TenantLoad(tenant=name, queued=waiting[name], running=busy[name])
                for name, _ in (waiting + busy).most_common()
            ],
            ended=sum(each.status.ended for each in turns),
            failed=sum(each.status is TurnStatus.FAILED for each in turns),
            dead_letters=sum(each.dead for each in turns),
        )

    async def seen(self, worker: WorkerHeartbeat) -> None:
        self._workers[worker.instance] = WorkerState(
            **worker.model_dump(), seen_at=self._state.now(), alive=True
        )

    async def gone(self, instance: str) -> None:
        self._workers.pop(instance, None)

    async def turns(self, wanted: TurnSearch) -> TurnList:
        self._state.pass_time()
        newest_first = sorted(self._state.turns.values(), key=lambda each: each.id, reverse=True)
        found = [
            each
            for each in newest_first
            if _is_wanted(each, wanted) and (wanted.after is None or each.id < wanted.after)
        ]
        page, more = found[: wanted.limit], len(found) > wanted.limit
        return TurnList(
            data=[self._summary(each) for each in page], after=page[-1].id if more else None
        )

    async def turn(self, turn_id: str) -> TurnDetails:
        turn = self._state.turn(turn_id)
        return TurnDetails(
            turn=self._summary(turn),
            journal=[
                JournalEntry(key=key, kind=key.partition("_")[0], size=len(value.encode()))
                for key, value in turn.journal.items()
            ],
            tool_calls=[
                ToolCallSummary(
                    key=key,
                    tool=call.tool,
                    instance=call.instance,
                    has_ended=call.result is not None,
                )
                for key, call in self._state.calls.items()
                if call.turn_id == turn_id
            ],
            session_id=turn.command.context.session_id,
            may_requeue=turn.dead,
            may_run_again=self._may_run_again(turn),
        )

    async def read(self, turn_id: str, actor: Actor | None = None) -> TurnContent:
        turn = self._state.turn(turn_id)
        thread = self._state.threads[turn.thread_id]
        self._state.audit.tell(Action.TURN_READ, actor, turn.owner, turn_id)
        return TurnContent(
            request=turn.command.request,
            items=[
                orjson.loads(each.payload) for each in thread.in_order() if each.turn_id == turn_id
            ],
            journal=dict(turn.journal),
        )

    async def cancel(self, turn_id: str, actor: Actor | None = None) -> TurnSummary:
        turn = self._state.turn(turn_id)
        if not turn.status.ended and turn.cancel is None:
            self._state.request_cancel(turn, CancelReason.STOP)
            self._state.audit.tell(Action.TURN_CANCELLED, actor, turn.owner, turn_id)
        return self._summary(turn)

    async def run_again(
        self, turn_id: str, command: RunAgain, actor: Actor | None = None
    ) -> TurnStarted:
        turn = self._state.turn(turn_id)
        is_repeated = command.turn_id in self._state.turns
        if not is_repeated and not self._may_run_again(turn):
            raise Unprocessable("Only the newest turn of a thread, if it failed, can run again.")
        request = repeated(turn.command.request, turn.thread_id, turn.input_item_id)
        if request is None:
            raise Unprocessable("What this turn answered has been answered.")
        accepted = await self._turns.accept(
            AcceptTurn(
                turn_id=command.turn_id,
                request=request,
                context=turn.command.context,
                when_busy=BusyPolicy.REJECT,
            )
        )
        if not is_repeated:
            detail = {"new_turn": command.turn_id}
            self._state.audit.tell(Action.TURN_RERUN, actor, turn.owner, turn_id, detail)
        return TurnStarted(turn_id=accepted.turn_id, thread_id=accepted.thread_id)

    def _may_run_again(self, turn: Turn) -> bool:
        return turn.status in _ENDED and self._state.newest(turn.thread_id) is turn

    def _summary(self, turn: Turn) -> TurnSummary:
        return TurnSummary(
            turn_id=turn.id,
            thread_id=turn.thread_id,
            tenant=turn.owner.tenant,
            user=turn.owner.user,
            kind=turn.kind,
            status=turn.status,
            attempt=turn.attempt,
            failures=turn.failures,
            worker=turn.worker,
            cancel=turn.cancel,
            blocked=turn.blocked,
            accepted_at=turn.accepted_at,
            ended_at=turn.ended_at,
            dead=turn.dead,
            error=turn.error,
            age=((turn.ended_at or self._state.now()) - turn.accepted_at).total_seconds(),
        )


def _is_wanted(turn: Turn, wanted: TurnSearch) -> bool:
    match wanted.state:
        case None:
            fits = True
        case TurnState.ACTIVE:
            fits = turn.status in _ACTIVE
        case TurnState.DEAD:
            fits = turn.dead
        case state:
            fits = turn.status == state.value
    asked = (wanted.tenant, wanted.user, wanted.thread_id, wanted.code)
    code = turn.error.code if turn.error else None
    has = (turn.owner.tenant, turn.owner.user, turn.thread_id, code)
    return (
        fits
        and all(want is None or want == got for want, got in zip(asked, has, strict=True))
        and (wanted.since is None or turn.accepted_at >= wanted.since)
        and (wanted.until is None or turn.accepted_at < wanted.until)
    )
