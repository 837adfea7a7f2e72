"""A runner claims a turn, runs it, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator

from chatkit.types import ThreadStreamEvent
from turnstream.contracts.turns import ClaimedTurn, ClaimTurn, ReleaseTurn, TurnStatus
from turnstream.errors import Fenced, Unavailable
from turnstream.store_client.turns.lifecycle import Turns
from turnstream.testing import MemoryStore
from turnstream_worker.attempt import Interruption
from turnstream_worker.callers import current_attempt

from tests.support.turns import ANN, claim
from tests.support.waiting import wait_until_async
from tests.unit.worker.running import ScriptedServer, Worker, begins, ends, said, streams


async def hello(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
    """An answer."""
    yield begins()
    yield streams("Hello")
    yield ends("Hello")


async def silence(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
    """An answer that never comes."""
    yield begins()
    await asyncio.Event().wait()


async def test_a_turn_that_somebody_else_runs_is_left_alone() -> None:
    """A wake-up may come twice."""
    worker = Worker(hello)
    turn = await worker.accept()
    assert await claim(worker.client, turn.id, worker="w2") is not None

    view = await turn.run()

    assert (view.status, view.attempt) == (TurnStatus.RUNNING, 1)
    assert turn.shown == []


class Claims(MemoryStore):
    """A store that notes who accepts a turn on its last attempt, and answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.accepts: list[bool] = []
        self.answer = asyncio.Event()
        self.error: Exception | None = None
        self._turns: Turns = self.turns
        self.claim, self.turns.claim_next = self.turns.claim_next, self._claim  # type: ignore[method-assign]

    async def _claim(self, command: ClaimTurn) -> ClaimedTurn | None:
        self.accepts.append(command.accepts_last_attempt)
        await self.answer.wait()
        if self.error is not None:
            raise self.error
        return await self.claim(command)


async def test_one_claim_at_a_time_may_return_a_turn_on_its_last_attempt() -> None:
    """Turns that died together would come back together otherwise."""
    store = Claims()
    worker = Worker(hello, client=store)
    first, second, third = [await worker.accept() for _ in range(3)]

    claims = asyncio.gather(first.run(), second.run())
    await wait_until_async(lambda: len(store.accepts) == 2)
    store.answer.set()
    await claims
    await third.run()

    assert store.accepts == [True, False, True]


async def test_a_claim_that_fails_leaves_the_turn_to_its_next_job() -> None:
    """Nothing is raised, and the next claim may return a last attempt again."""
    store = Claims()
    store.answer.set()
    worker = Worker(hello, client=store)
    turn = await worker.accept()

    store.error = Unavailable()
    assert (await turn.run()).status is TurnStatus.QUEUED
    store.error = None
    assert (await turn.run()).status is TurnStatus.COMPLETED

    assert store.accepts == [True, True]


async def test_nothing_of_an_attempt_is_left_when_it_has_ended() -> None:
    """Neither its lease nor the assistant's code."""
    worker = Worker(silence)
    turn = await worker.accept()

    await turn.interrupted(Interruption.STOP, when="msg_1")

    assert worker.leases.attempts == []
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_an_attempt_that_learns_in_a_write_that_it_is_superseded_stops() -> None:
    """It says nothing more; the other attempt has the turn."""

    async def superseded(server: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        yield begins()
        release = ReleaseTurn(attempt=1, count_as_failed=False)
        await worker.client.turns.release(ANN, turn.id, release)
        assert await claim(worker.client, turn.id, worker="w2") is not None
        attempt = turn.attempt
        await server.store.save_item(attempt.thread_id, said("late"), attempt.claimed.context)

    worker = Worker(superseded)
    turn = await worker.accept()

    assert (await turn.run()).status is TurnStatus.RUNNING
    assert turn.end is None


async def test_a_refusal_that_a_helper_met_says_nothing_about_the_turn_it_serves() -> None:
    """The turn fails at once, and visibly: nobody else has it, so nobody would take it over."""

    async def served_badly(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        yield begins()
        raise Fenced("of a turn that is over")

    turn = await Worker(served_badly).accept()

    assert (await turn.run()).status is TurnStatus.FAILED
    assert turn.end == "failed"


async def test_a_second_attempt_waits_for_the_log_that_it_must_know() -> None:
    """Redis is away for a moment: begun without the log, everything would be shown again."""

    async def cut(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        yield ends("Hello")
        await asyncio.Event().wait()

    worker = Worker(cut, hello)
    turn = await worker.accept()
    await turn.interrupted(Interruption.DRAIN, when="Hello")
    worker.log.away = 2

    assert (await turn.run()).status is TurnStatus.COMPLETED

    done = [event for event in turn.shown if event["type"] == "thread.item.done"]
    assert len(done) == 1


async def test_the_assistant_knows_on_whose_behalf_it_runs() -> None:
    """In the code of the answer; not in the caller of the runner."""
    seen: list[str | None] = []

    async def asks(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        attempt = current_attempt.get()
        seen.append(attempt.turn_id if attempt else None)
        yield ends("Hello")

    turn = await Worker(asks).accept()
    await asyncio.create_task(turn.run())

    assert seen == [turn.id]
    assert current_attempt.get() is None
