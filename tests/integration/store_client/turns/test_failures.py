"""Failed turns are kept with all that an operator needs, and users see none of that."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest
from turnstream.contracts.store_api import WriteAttempt
from turnstream.contracts.turns import (
    FailedTurn,
    FailureCause,
    HeldTurn,
    ReleaseTurn,
    RenewLeases,
    TurnEnd,
    TurnError,
    TurnStatus,
)
from turnstream.errors import NotFound
from turnstream.store_client import StoreClient
from turnstream.testing import Limits

from tests.support.turns import ANN, accept, claim
from tests.support.waiting import wait_until_async

DETAIL = "AuthenticationError: Incorrect API key provided: sk-***477f (http://10.0.3.4:8080/v1)"
CAUSE = FailureCause(status=401, provider_code="invalid_api_key", host="api.test", attempt=1)


async def fail(client: StoreClient, code: str, *, dead: bool = False) -> str:
    """A turn of ann's that failed with this code."""
    accepted = await accept(client)
    claimed = await claim(client, accepted.turn_id)
    assert claimed is not None
    error = TurnError(code=code, message="No.", detail=DETAIL, cause=CAUSE)
    end = TurnEnd(status=TurnStatus.FAILED, error=error, dead=dead)
    await client.attempts.write(ANN, accepted.turn_id, WriteAttempt(attempt=1, end=end))
    return accepted.turn_id


async def test_failed_turns_are_listed_newest_first_and_counted(client: StoreClient) -> None:
    """Dead letters or not; the counts hold more than the list shows."""
    before = datetime.now(UTC)
    first = await fail(client, "context_too_long")
    second = await fail(client, "model_key_refused")
    third = await fail(client, "model_key_refused", dead=True)

    failed = await client.dead_letters.failed(2, since=before)

    assert [each.turn_id for each in failed.data] == [third, second]
    assert [each.dead for each in failed.data] == [True, False]
    assert failed.counts == {"model_key_refused": 2, "context_too_long": 1}
    assert [
        each.turn_id
        for each in (await client.dead_letters.failed(9, before, "context_too_long")).data
    ] == [first]
    assert (
        await client.dead_letters.failed(9, since=datetime.now(UTC) + timedelta(hours=1))
    ).data == []


async def test_one_failed_turn_is_shown_with_its_cause_and_without_its_request(
    client: StoreClient,
) -> None:
    """To an operator; its user reads a code and a message, and names the turn by its id."""
    turn_id = await fail(client, "model_key_refused")

    failed = await client.dead_letters.show_failed(turn_id)

    assert (failed.error.detail, failed.error.cause) == (DETAIL, CAUSE)
    assert failed.owner == "ann"
    assert "request" not in failed.model_dump()
    view = await client.turns.show(ANN, turn_id)
    assert view.error is not None
    assert (view.error.code, view.error.message) == ("model_key_refused", "No.")
    assert (view.error.detail, view.error.cause) == ("", None)


async def test_a_turn_that_has_not_failed_is_no_failure(client: StoreClient) -> None:
    accepted = await accept(client)

    with pytest.raises(NotFound):
        await client.dead_letters.show_failed(accepted.turn_id)
    with pytest.raises(NotFound):
        await client.dead_letters.show_failed("turn_unknown")


async def test_an_attempt_learns_why_the_one_before_failed(client: StoreClient) -> None:
    """So that all waits together can have a limit."""
    accepted = await accept(client)
    first = await claim(client, accepted.turn_id)
    assert first is not None
    assert first.last_error is None
    error = TurnError(code="model_unavailable", retried_for=7.5, cause=CAUSE)
    release = ReleaseTurn(attempt=1, count_as_failed=True, error=error)
    await client.turns.release(ANN, accepted.turn_id, release)

    second = await claim(client, accepted.turn_id)

    assert second is not None
    assert second.last_error == error


async def test_a_dead_letter_says_what_blocked_its_worker(
    store_with: Callable[[Limits], AbstractAsyncContextManager[StoreClient]],
) -> None:
    """The worker told it with its last renewal. It did not die."""
    lease = timedelta(milliseconds=500)
    told = "Its worker was blocked for 119 s in shop:respond (shop.py:7)."
    async with store_with(Limits(max_attempts=1)) as client:
        accepted = await accept(client)
        assert await claim(client, accepted.turn_id, lease=lease) is not None
        held = HeldTurn(turn_id=accepted.turn_id, attempt=1, blocked=told)
        renewal = RenewLeases(worker="w1", lease=lease, turns=[held])
        assert (await client.turns.renew(renewal)).held == [accepted.turn_id]

        failed = await wait_until_async(lambda: _failed(client))
    assert failed is not None

    assert (failed.error.code, failed.error.detail) == ("worker_blocked", told)


async def test_a_worker_that_goes_on_takes_back_what_it_said(client: StoreClient) -> None:
    """What comes later has another cause."""
    accepted = await accept(client)
    assert await claim(client, accepted.turn_id) is not None
    for blocked in ("Its worker was blocked.", ""):
        held = HeldTurn(turn_id=accepted.turn_id, attempt=1, blocked=blocked)
        renewal = RenewLeases(worker="w1", lease=timedelta(milliseconds=1), turns=[held])
        await client.turns.renew(renewal)
    for _ in range(2):
        await wait_until_async(lambda: claim(client, accepted.turn_id, lease=timedelta(0)))

    failed = await wait_until_async(lambda: _failed(client))
    assert failed is not None

    assert (failed.error.code, failed.error.detail) == (
        "out_of_attempts",
        "Its worker died 3 times.",
    )


async def _failed(client: StoreClient) -> FailedTurn | None:
    found = (await client.dead_letters.failed(1)).data
    return found[0] if found else None


async def test_a_dead_letter_is_shown_with_its_request(client: StoreClient) -> None:
    """The list leaves it out; what is no dead letter is not found."""
    turn_id, failed = await fail(client, "unknown", dead=True), await fail(client, "unknown")

    shown = await client.dead_letters.show(turn_id)

    assert shown.request is not None and shown.request["type"] == "threads.create"
    assert shown.model_copy(update={"request": None}) == (await client.dead_letters.newest(9))[0]
    for other in (failed, "turn_none"):
        with pytest.raises(NotFound):
            await client.dead_letters.show(other)
