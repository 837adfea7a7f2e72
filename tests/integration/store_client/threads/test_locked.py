"""A locked or closed thread takes no new turn, however close the two come together."""

import pytest
from turnstream.contracts.store_api import ThreadPatch
from turnstream.contracts.turns import BusyPolicy, ClaimedTurn, TurnStatus
from turnstream.errors import ThreadClosed, ThreadLocked
from turnstream.store_client import StoreClient

from tests.integration.store.conftest import item_ids
from tests.support.turns import ANN, accept, claim, finish, message, running


async def set_status(client: StoreClient, turn: ClaimedTurn, kind: str, **reason: str) -> None:
    """What a worker does when its assistant has set `thread.status`."""
    patch = ThreadPatch(attempt=turn.attempt, fields={"status": {"type": kind, **reason}})
    await client.attempts.patch_thread(turn.context.owner, turn.turn_id, patch)


@pytest.mark.parametrize(("kind", "failure"), [("locked", ThreadLocked), ("closed", ThreadClosed)])
async def test_the_refusal_gives_the_reason_and_leaves_nothing(
    client: StoreClient, kind: str, failure: type[Exception]
) -> None:
    """Nothing is written, and a running turn is not interrupted by what is refused."""
    turn = await running(client)
    await set_status(client, turn, kind, reason="under review")
    before = await item_ids(client, turn.thread_id)

    with pytest.raises(failure, match="under review") as refused:
        again = message(thread_id=turn.thread_id)
        await accept(client, again, when_busy=BusyPolicy.INTERRUPT)

    assert refused.value.retryable is False  # type: ignore[attr-defined]
    assert await item_ids(client, turn.thread_id) == before
    await finish(client, turn)
    assert (await client.turns.show(ANN, turn.turn_id)).status == TurnStatus.COMPLETED


async def test_what_was_accepted_before_still_runs(client: StoreClient) -> None:
    """A turn that waited when the thread was locked is a promise, and may open it again."""
    first = await running(client)
    again = message(thread_id=first.thread_id)
    waiting = await accept(client, again, key="k")
    await set_status(client, first, "locked")
    await finish(client, first)
    assert (await accept(client, again, key="k")).turn_id == waiting.turn_id

    second = await claim(client, waiting.turn_id)
    assert second is not None
    with pytest.raises(ThreadLocked):
        await accept(client, again)
    await set_status(client, second, "active")

    assert (await accept(client, again)).thread_id == first.thread_id
