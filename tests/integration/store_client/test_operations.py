"""What an operator sees of everybody's turns, and does to one."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.operations import (
    RunAgain,
    TurnSearch,
    TurnState,
)
from turnstream.contracts.operating.overview import WorkerHeartbeat
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Step, WriteAttempt
from turnstream.contracts.turns import TurnAccepted, TurnEnd, TurnError, TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client import StoreClient

from tests.support.turns import ANN, BOB, OTHER_ANN, accept, claim, item, message, request


async def accept_later(client: StoreClient, owner: Owner = ANN) -> TurnAccepted:
    """A turn whose id sorts behind all before it: ids of one millisecond have no order."""
    await asyncio.sleep(0.002)
    return await accept(client, owner=owner)


async def failed(client: StoreClient, code: str = "model_failed", **options: object) -> str:
    """A turn of ann's that failed."""
    accepted = await accept(client, **options)  # type: ignore[arg-type]  # what accept takes
    claimed = await claim(client, accepted.turn_id)
    assert claimed is not None
    end = TurnEnd(status=TurnStatus.FAILED, error=TurnError(code=code))
    said = WriteAttempt(attempt=1, items=[item(new_id("msg"))], end=end)
    await client.attempts.write(ANN, accepted.turn_id, said)
    return accepted.turn_id


async def found(client: StoreClient, **wanted: object) -> list[str]:
    """The turns that a search finds."""
    page = await client.operations.turns(TurnSearch.model_validate(wanted))
    return [each.turn_id for each in page.data]


async def test_turns_of_all_tenants_are_found_by_what_is_known_of_them(client: StoreClient) -> None:
    """By state, tenant, user, thread, code and time, together or alone; the newest first."""
    of_ann = await failed(client)
    of_bob = (await accept_later(client, owner=BOB)).turn_id
    of_other = await accept_later(client, owner=OTHER_ANN)

    assert await found(client) == [of_other.turn_id, of_bob, of_ann]
    assert await found(client, state=TurnState.FAILED) == [of_ann]
    assert await found(client, state=TurnState.DEAD) == []
    assert await found(client, state=TurnState.QUEUED) == [of_other.turn_id, of_bob]
    assert await found(client, state=TurnState.ACTIVE, user="bob") == [of_bob]
    assert await found(client, tenant="acme", user="ann") == [of_other.turn_id]
    assert await found(client, thread_id=of_other.thread_id) == [of_other.turn_id]
    assert await found(client, code="model_failed") == [of_ann]
    assert await found(client, code="other") == []
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert await found(client, since=soon) == []
    assert len(await found(client, until=soon)) == 3


async def test_a_page_of_turns_says_where_the_next_begins(client: StoreClient) -> None:
    """Whatever is accepted meanwhile."""
    turns = [(await accept(client)).turn_id for _ in range(3)]
    first = await client.operations.turns(TurnSearch(limit=2))
    await accept_later(client)
    second = await client.operations.turns(TurnSearch(limit=2, after=first.after))

    assert [each.turn_id for each in (*first.data, *second.data)] == sorted(turns, reverse=True)
    assert second.after is None


async def test_a_turn_is_shown_without_what_was_said_in_it(client: StoreClient) -> None:
    """Its journal by kind and size."""
    accepted = await accept(client, message("a secret word"))
    assert await claim(client, accepted.turn_id)
    step = Step(key="model_1", value='"another secret word"')
    await client.attempts.write(ANN, accepted.turn_id, WriteAttempt(attempt=1, steps=[step]))

    details = await client.operations.turn(accepted.turn_id)
    content = await client.operations.read(accepted.turn_id)

    assert (details.turn.status, details.turn.user) == (TurnStatus.RUNNING, "ann")
    assert [(each.kind, each.size) for each in details.journal] == [("model", 21)]
    assert "secret word" not in details.model_dump_json()
    assert content.journal == {"model_1": '"another secret word"'}
    assert "a secret word" in str(content.items) and "a secret word" in str(content.request)


async def test_a_queued_turn_that_is_stopped_ends_and_again_changes_nothing(
    client: StoreClient,
) -> None:
    """The user sees a Stop."""
    turn_id = (await accept(client)).turn_id
    for _ in range(2):
        stopped = await client.operations.cancel(turn_id)
        assert stopped.status is TurnStatus.CANCELLED


async def test_a_failed_turn_runs_again_as_a_retry_of_its_message(client: StoreClient) -> None:
    """The message is there once, and the same command again finds the same turn."""
    turn_id = await failed(client)
    thread_id = (await client.operations.turn(turn_id)).turn.thread_id
    command = RunAgain(turn_id=new_id("turn"))

    for _ in range(2):
        started = await client.operations.run_again(turn_id, command)
        assert (started.turn_id, started.thread_id) == (command.turn_id, thread_id)

    claimed = await claim(client, command.turn_id)
    assert claimed is not None and claimed.request["type"] == "threads.retry_after_item"
    page = await client.threads.items(ANN, thread_id, limit=10, order="asc", after=None)
    assert page.decode().count('"user_message"') == 1
    assert '"assistant_message"' not in page.decode()


async def test_a_turn_runs_again_only_if_nothing_came_after_it(client: StoreClient) -> None:
    """A retry deletes what follows its message; and an answer is its user's to replace."""
    turn_id = await failed(client)
    thread_id = (await client.operations.turn(turn_id)).turn.thread_id
    later = await accept(client, message(thread_id=thread_id))

    assert not (await client.operations.turn(turn_id)).may_run_again
    for each in (turn_id, later.turn_id):
        with pytest.raises(Unprocessable):
            await client.operations.run_again(each, RunAgain(turn_id=new_id("turn")))


async def test_an_answer_to_a_question_is_not_given_twice(client: StoreClient) -> None:
    """An action without a widget may be repeated, as it was."""
    begun = await accept(client)
    await client.operations.cancel(begun.turn_id)
    action = request("threads.custom_action", thread_id=begun.thread_id, action={"type": "go"})
    turn_id = await failed(client, asked=action)
    started = await client.operations.run_again(turn_id, RunAgain(turn_id=new_id("turn")))
    claimed = await claim(client, started.turn_id)
    assert claimed is not None and claimed.request == action


async def test_what_is_not_there_is_not_found(client: StoreClient) -> None:
    """For each thing that can be done to a turn."""
    unknown = new_id("turn")
    for call in (
        client.operations.turn(unknown),
        client.operations.read(unknown),
        client.operations.cancel(unknown),
        client.operations.run_again(unknown, RunAgain(turn_id=new_id("turn"))),
    ):
        with pytest.raises(NotFound):
            await call


async def test_the_overview_counts_turns_and_slots(client: StoreClient) -> None:
    """A worker that drains takes nothing more; one that has ended is forgotten."""
    running = await accept(client)
    await claim(client, running.turn_id)
    await accept(client, owner=OTHER_ANN)
    await failed(client, owner=ANN)
    for worker in (
        WorkerHeartbeat(instance="w1", slots=10, running=1),
        WorkerHeartbeat(instance="w2", slots=5, running=0, draining=True),
        WorkerHeartbeat(instance="w3", slots=5, running=0),
    ):
        await client.operations.seen(worker)
    await client.operations.gone("w3")

    now = await client.operations.overview()

    assert (now.queued, now.running, now.failed) == (1, 1, 1)
    assert (now.slots, now.free) == (10, 9)
    assert [(each.instance, each.alive) for each in now.workers] == [("w1", True), ("w2", True)]
    assert {each.tenant: (each.queued, each.running) for each in now.tenants} == {
        "acme": (1, 0),
        "default": (0, 1),
    }
