"""A turn tells of its attempts: who began which when, and what ended it."""

from datetime import timedelta

import asyncpg
from turnstream.contracts.operating.operations import AttemptOutcome, TimelineEventKind
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import ReleaseTurn, TurnEnd, TurnError, TurnStatus
from turnstream.store_client import StoreClient

from tests.support.system.services import running_store
from tests.support.turns import ANN, accept, claim
from tests.support.waiting import wait_until_async

SWEEPS = {"sweep_interval": "50ms"}


async def outcomes(client: StoreClient, turn_id: str) -> list[tuple[str, str | None, str | None]]:
    """Who ran each attempt, how it ended, and with what code."""
    details = await client.operations.turn(turn_id)
    return [(each.worker, each.outcome, each.code) for each in details.attempts]


async def test_attempts_are_told_with_their_workers_and_ends(emptied: str, redis: str) -> None:
    """One given back, one whose worker is heard of no more, and one that fails for good."""
    async with running_store(emptied, redis, **SWEEPS) as client:
        turn_id = (await accept(client)).turn_id
        await claim(client, turn_id, worker="w1")
        error = TurnError(code="model_rate_limited")
        back = ReleaseTurn(attempt=1, count_as_failed=True, error=error)
        await client.turns.release(ANN, turn_id, back)
        await claim(client, turn_id, worker="w2", lease=timedelta(milliseconds=10))

        async def lost() -> bool:
            return len(await outcomes(client, turn_id)) == 2 and None not in [
                each[1] for each in await outcomes(client, turn_id)
            ]

        await wait_until_async(lost)
        await claim(client, turn_id, worker="w3")
        running = (await outcomes(client, turn_id))[-1]
        end = TurnEnd(status=TurnStatus.FAILED, error=TurnError(code="broken"), dead=True)
        await client.attempts.write(ANN, turn_id, WriteAttempt(attempt=3, end=end))

        assert running == ("w3", None, None)
        assert await outcomes(client, turn_id) == [
            ("w1", AttemptOutcome.RELEASED, "model_rate_limited"),
            ("w2", AttemptOutcome.LEASE_LOST, None),
            ("w3", AttemptOutcome.FAILED, "broken"),
        ]
        await client.dead_letters.requeue(turn_id)
        await claim(client, turn_id, worker="w4")
        assert [each[:2] for each in await outcomes(client, turn_id)][2:] == [
            ("w3", AttemptOutcome.FAILED),
            ("w4", None),
        ]
        timeline = (await client.operations.turn(turn_id)).timeline
        kinds = [each.kind for each in timeline]
        assert (
            kinds[0] is TimelineEventKind.ACCEPTED and kinds.count(TimelineEventKind.CLAIMED) == 4
        )
        assert [each.at for each in timeline] == sorted(each.at for each in timeline)


async def test_only_the_newest_attempts_are_kept(emptied: str, redis: str) -> None:
    """A turn may be given back as often as its model server is busy."""
    async with running_store(emptied, redis) as client:
        turn_id = (await accept(client)).turn_id
        for number in range(1, 53):
            await claim(client, turn_id, worker=f"w{number}")
            back = ReleaseTurn(attempt=number, count_as_failed=False)
            await client.turns.release(ANN, turn_id, back)
        told = await outcomes(client, turn_id)
        assert len(told) == 50 and told[-1][0] == "w52"


async def test_a_turn_that_an_older_store_claimed_goes_on(emptied: str, redis: str) -> None:
    """Its attempt is not told of, and everything else is as it was."""
    async with running_store(emptied, redis) as client:
        turn_id = (await accept(client)).turn_id
        await claim(client, turn_id)
        connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
        await connection.execute("UPDATE turns SET attempts = DEFAULT WHERE id = $1", turn_id)
        await connection.close()
        await client.turns.release(ANN, turn_id, ReleaseTurn(attempt=1, count_as_failed=True))
        assert await outcomes(client, turn_id) == []
        assert (await client.turns.show(ANN, turn_id)).status is TurnStatus.QUEUED
