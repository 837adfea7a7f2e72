"""A run that waits for a person is taken up once, by one turn, with one decision."""

import asyncio
from typing import Any

import pytest
from turnstream.contracts.approvals import (
    CALLS_LIMIT,
    Decision,
    PauseRun,
    ResumeRun,
    Resumption,
    Verdict,
    WaitingCall,
)
from turnstream.contracts.ids import call_key
from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import BeginCall, CallDecision, NeededApproval
from turnstream.contracts.turns import ClaimedTurn
from turnstream.errors import BadRequest, Fenced, NotFound
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, BOB, LEASE, finish, message, running

STATE = '{"schema": "1", "text": "a\\u0000b"}'


def waiting(call_id: str) -> WaitingCall:
    """A call that waits, with its card."""
    return WaitingCall(call_id=call_id, tool="send_email", arguments="{}", item_id=f"m_{call_id}")


async def paused(client: StoreClient, *call_ids: str, owner: Owner = ANN) -> ClaimedTurn:
    """A turn that has ended with a run that waits for these calls."""
    turn = await running(client, owner=owner)
    await pause(client, turn, *call_ids)
    await finish(client, turn)
    return turn


async def pause(client: StoreClient, turn: ClaimedTurn, *call_ids: str, state: str = STATE) -> None:
    calls = [waiting(call_id) for call_id in call_ids]
    command = PauseRun(attempt=turn.attempt, state=state, calls=calls)
    await client.paused_runs.pause(turn.context.owner, turn.turn_id, command)


async def resume(
    client: StoreClient,
    turn: ClaimedTurn,
    call_id: str | None = "c1",
    verdict: Verdict = Verdict.APPROVED,
    attempt: int | None = None,
) -> Resumption:
    decision = Decision(call_id=call_id, verdict=verdict)
    command = ResumeRun(attempt=attempt or turn.attempt, decision=decision)
    return await client.paused_runs.resume(turn.context.owner, turn.turn_id, command)


async def next_turn(client: StoreClient, before: ClaimedTurn, owner: Owner = ANN) -> ClaimedTurn:
    return await running(client, message(thread_id=before.thread_id), owner=owner)


async def test_of_two_turns_the_first_takes_the_run_up(client: StoreClient) -> None:
    """The second gets no state, and is told what the first decided."""
    first = await next_turn(client, await paused(client, "c1"))
    taken = await resume(client, first)
    await finish(client, first)
    second = await next_turn(client, first)

    late = await resume(client, second, verdict=Verdict.REJECTED)

    assert taken.state == STATE
    assert (late.state, late.decision) == (None, taken.decision)
    assert late.decision.verdict is Verdict.APPROVED


async def test_a_turn_that_runs_again_gets_what_it_got_before(client: StoreClient) -> None:
    """However often it asks, at once or one after the other, and although it paused again."""
    turn = await next_turn(client, await paused(client, "c1", "c2"))
    answers = await asyncio.gather(*(resume(client, turn) for _ in range(10)))
    await pause(client, turn, "c2", state="{}")

    assert {answer.state for answer in [*answers, await resume(client, turn)]} == {STATE}


async def test_what_still_waits_is_taken_up_from_the_newest_pause(client: StoreClient) -> None:
    """One of two calls is decided and the run waits again: the other finds the newer state."""
    first = await next_turn(client, await paused(client, "c1", "c2"))
    await resume(client, first)
    await pause(client, first, "c2", state='"newer"')
    await finish(client, first)
    second = await next_turn(client, first)

    answer = await resume(client, second, "c2")

    assert (answer.state, [call.call_id for call in answer.calls]) == ('"newer"', ["c2"])


async def test_a_superseded_attempt_neither_pauses_nor_takes_up(client: StoreClient) -> None:
    """Both are fenced, and so is a turn that has ended."""
    turn = await next_turn(client, await paused(client, "c1"))
    with pytest.raises(Fenced):
        await resume(client, turn, attempt=turn.attempt + 1)
    await finish(client, turn)
    for late in (resume(client, turn), pause(client, turn, "c1")):
        with pytest.raises(Fenced):
            await late


async def test_nobody_takes_up_what_waits_elsewhere(client: StoreClient) -> None:
    """A turn reaches only its own thread, no matter whose call it names; unknown calls are not
    found.
    """
    await paused(client, "c1")
    for owner in (ANN, BOB):
        elsewhere = await running(client, owner=owner)
        for call_id in ("c1", "unknown", None):
            with pytest.raises(NotFound):
                await resume(client, elsewhere, call_id)


async def test_too_many_waiting_calls_are_refused(client: StoreClient) -> None:
    """The limit holds at the door, not in the database."""
    turn = await running(client)
    calls = [waiting(str(number)) for number in range(CALLS_LIMIT + 1)]
    command = PauseRun.model_construct(attempt=turn.attempt, state=STATE, calls=calls)
    with pytest.raises(BadRequest):
        await client.paused_runs.pause(turn.context.owner, turn.turn_id, command)


async def begin(
    client: StoreClient, turn: ClaimedTurn, call_id: str = "c1", **changes: Any
) -> CallDecision:
    """Ask the ledger for a call of `send_email`, which says that it needs an approval."""
    arguments = changes.pop("arguments", "{}")
    command = BeginCall(
        turn_id=turn.turn_id,
        owner=turn.context.owner.user,
        tenant=turn.context.owner.tenant,
        attempt=turn.attempt,
        key=call_key(turn.turn_id, call_id),
        tool="send_email",
        idempotent=False,
        approval=NeededApproval(call_id=call_id, arguments=arguments),
        instance="tools-1",
        lease=LEASE,
        reply_to="replies",
    )
    return (await client.tool_calls.begin(command.model_copy(update=changes))).decision


async def test_the_ledger_runs_what_was_agreed_to_and_nothing_else(client: StoreClient) -> None:
    """This call, of this tool, with these arguments, once, in the turn that resumed the run."""
    turn = await next_turn(client, await paused(client, "c1", "c2"))
    assert await begin(client, turn) is CallDecision.NOT_APPROVED
    await resume(client, turn)

    others: list[dict[str, Any]] = [
        {"call_id": "c2"},
        {"call_id": "c9"},
        {"arguments": '{"to": "eve@example.com"}'},
        {"arguments": "no JSON"},
        {"tool": "pay"},
        {"key": call_key(turn.turn_id, "again")},
    ]
    for other in others:
        assert await begin(client, turn, **other) is CallDecision.NOT_APPROVED, other
    assert await begin(client, turn, owner="bob") is CallDecision.FENCED
    elsewhere = await running(client)
    assert await begin(client, elsewhere) is CallDecision.NOT_APPROVED
    assert await begin(client, turn, arguments=" { } ") is CallDecision.RUN
    assert await begin(client, turn) is CallDecision.ATTACH


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.IGNORED])
async def test_what_was_not_agreed_to_never_runs(client: StoreClient, verdict: Verdict) -> None:
    """Also when the turn asks again and says something else the second time."""
    turn = await next_turn(client, await paused(client, "c1"))
    await resume(client, turn, verdict=verdict)
    await resume(client, turn, verdict=Verdict.APPROVED)
    assert await begin(client, turn) is CallDecision.NOT_APPROVED


async def test_an_approval_is_for_one_turn(client: StoreClient) -> None:
    """A later turn of the thread cannot use it again."""
    first = await next_turn(client, await paused(client, "c1"))
    await resume(client, first)
    await finish(client, first)
    second = await next_turn(client, first)
    await resume(client, second)
    assert await begin(client, second) is CallDecision.NOT_APPROVED
