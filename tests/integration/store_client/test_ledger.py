"""A tool call happens once per key."""

import asyncio
from datetime import timedelta

import pytest
from turnstream.contracts.tools import (
    BeginCall,
    CallDecision,
    FinishCall,
    LedgerAnswer,
    RenewCalls,
    ToolFailure,
    ToolResult,
)
from turnstream.contracts.turns import ClaimedTurn
from turnstream.errors import Fenced
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, LEASE, finish, running

GONE = timedelta(milliseconds=-1)
"""A lease that has ended before it began: its runner is dead."""


async def begin(
    client: StoreClient,
    turn: ClaimedTurn,
    *,
    idempotent: bool = False,
    lease: timedelta = LEASE,
    attempt: int | None = None,
) -> LedgerAnswer:
    """Ask the ledger for the call `call_1` of a turn."""
    return await client.tool_calls.begin(
        BeginCall(
            turn_id=turn.turn_id,
            owner="ann",
            attempt=attempt or turn.attempt,
            key=f"call_1_{turn.turn_id}",
            tool="send_mail",
            idempotent=idempotent,
            instance="tools-1",
            lease=lease,
            reply_to="replies",
        )
    )


async def test_of_many_askers_one_runs_the_call(client: StoreClient) -> None:
    """Twenty requests for one key at once: one runs it, the others attach."""
    turn = await running(client)

    begun = await asyncio.gather(*(begin(client, turn) for _ in range(20)))

    decisions = sorted(each.decision for each in begun)
    assert decisions == sorted([CallDecision.RUN] + [CallDecision.ATTACH] * 19)


async def test_a_finished_call_gives_its_result_again(client: StoreClient) -> None:
    """A repeat gets what was recorded; a second end of the same run is refused."""
    turn = await running(client)
    await begin(client, turn)
    key, result = f"call_1_{turn.turn_id}", ToolResult(output={"sent": True})
    await client.tool_calls.finish(ANN, key, FinishCall(run=1, result=result))

    again = await begin(client, turn)

    assert (again.decision, again.result) == (CallDecision.RECORDED, result)
    with pytest.raises(Fenced):
        await client.tool_calls.finish(ANN, key, FinishCall(run=1, result=result))


async def test_a_call_that_may_have_happened_is_not_repeated(client: StoreClient) -> None:
    """Its runner dead and the tool not idempotent: outcome unknown, now and for ever."""
    turn = await running(client)
    await begin(client, turn, lease=GONE)

    for decision in (CallDecision.OUTCOME_UNKNOWN, CallDecision.RECORDED):
        begun = await begin(client, turn)
        assert begun.decision is decision
        assert begun.result is not None
        assert begun.result.failure is ToolFailure.OUTCOME_UNKNOWN


async def test_an_idempotent_call_runs_again_and_fences_the_dead_run(client: StoreClient) -> None:
    """Its runner dead and the tool idempotent: run 2 begins, and run 1 can record nothing."""
    turn = await running(client)
    await begin(client, turn, idempotent=True, lease=GONE)

    begun = await begin(client, turn, idempotent=True)

    assert (begun.decision, begun.run) == (CallDecision.RUN, 2)
    with pytest.raises(Fenced):
        await client.tool_calls.finish(
            ANN, f"call_1_{turn.turn_id}", FinishCall(run=1, result=ToolResult(output=1))
        )


async def test_a_renewed_call_stays_with_its_runner(client: StoreClient) -> None:
    """Renewal in time keeps the call alive, so that others attach."""
    turn = await running(client)
    await begin(client, turn, lease=GONE)
    calls = {f"call_1_{turn.turn_id}": 1}
    renewed = await client.tool_calls.renew(
        RenewCalls(instance="tools-1", lease=LEASE, calls=calls)
    )

    assert renewed.held == list(calls)
    assert (await begin(client, turn)).decision is CallDecision.ATTACH


async def test_a_renewal_names_only_the_calls_that_are_still_held(client: StoreClient) -> None:
    """One that has ended, a run that is not the newest, and the call of a turn that has ended are
    lost to their runner; so is a call of another instance.
    """
    ends, superseded, kept, over = [await running(client) for _ in range(4)]
    for turn in (ends, kept, over):
        await begin(client, turn)
    await begin(client, superseded, idempotent=True, lease=GONE)
    await begin(client, superseded, idempotent=True)
    ended = FinishCall(run=1, result=ToolResult(output=1))
    await client.tool_calls.finish(ANN, f"call_1_{ends.turn_id}", ended)
    await finish(client, over)

    calls = {f"call_1_{turn.turn_id}": 1 for turn in (ends, superseded, kept, over)}
    renewals = [
        await client.tool_calls.renew(RenewCalls(instance=instance, lease=LEASE, calls=calls))
        for instance in ("tools-1", "tools-2")
    ]

    assert [renewed.held for renewed in renewals] == [[f"call_1_{kept.turn_id}"], []]


async def test_an_older_attempt_or_an_ended_turn_starts_nothing(client: StoreClient) -> None:
    """A call of a superseded attempt is fenced, and so is one that comes after the end."""
    turn = await running(client)

    assert (await begin(client, turn, attempt=99)).decision is CallDecision.FENCED
    await finish(client, turn)
    assert (await begin(client, turn)).decision is CallDecision.FENCED


async def test_a_key_belongs_to_one_turn_and_tool(client: StoreClient) -> None:
    """Anyone who names the key of another call gets neither its result nor a run of it."""
    turn, other = await running(client), await running(client)
    command = BeginCall(
        turn_id=turn.turn_id,
        owner="ann",
        attempt=turn.attempt,
        key=f"call_1_{turn.turn_id}",
        tool="send_mail",
        idempotent=True,
        instance="tools-1",
        lease=GONE,
        reply_to="replies",
    )
    begun = await client.tool_calls.begin(command)
    assert (begun.decision, begun.thread_id) == (CallDecision.RUN, turn.thread_id)
    for changes in (
        {"turn_id": other.turn_id, "attempt": other.attempt},
        {"tool": "pay"},
        {"owner": "bob"},
    ):
        asked = command.model_copy(update=changes)
        assert (await client.tool_calls.begin(asked)).decision is CallDecision.FENCED
