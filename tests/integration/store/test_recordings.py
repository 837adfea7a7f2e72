"""Journals of ended turns are kept for a while, and a recording has all that decided a turn."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import pytest
from turnstream.contracts.operating.recordings import REQUEST
from turnstream.contracts.turns import JournalRetention, TurnStatus
from turnstream.errors import NotFound, Unprocessable
from turnstream.store_client import HttpStoreClient, StoreClient
from turnstream_store.app import create_app
from turnstream_store.settings import StoreSettings
from turnstream_store.sweeper import SweeperServices
from turnstream_store.turns.retention import JOURNALS, forget_journals

from tests.support.system.services import client_of, serving
from tests.support.turns import ANN, finish, item, message, running, write
from tests.support.waiting import wait_until_async

Stores = Callable[..., AbstractAsyncContextManager[HttpStoreClient]]
STEP = {"key": "stream_1", "value": '{"output": []}'}
ASKED = {"key": f"{REQUEST}stream_1", "value": '{"instructions": "the app\'s own"}'}


@pytest.fixture
def stores(emptied: str, redis: str, blobs_url: str) -> Stores:
    """Makes a store with these settings."""

    @asynccontextmanager
    async def made(**settings: Any) -> AsyncIterator[HttpStoreClient]:
        app = create_app(
            StoreSettings(database_url=emptied, redis_url=redis, blobs_url=blobs_url, **settings)
        )
        async with serving(app) as url, client_of(url) as client:
            yield client

    return made


async def ended(client: StoreClient, status: TurnStatus) -> str:
    """A turn that ended so, with a step in its journal."""
    turn = await running(client)
    await write(client, turn, steps=[STEP], items=[item(f"msg_{turn.turn_id}")])
    await write(client, turn, steps=[ASKED], end={"status": status})
    return turn.turn_id


@pytest.mark.parametrize("keep", JournalRetention)
async def test_the_journal_of_an_ended_turn_is_kept_where_the_setting_says_so(
    keep: JournalRetention, stores: Stores
) -> None:
    """Of failed turns unless it says otherwise."""
    async with stores(keep_journals=keep) as client:
        kept = {}
        for status in (TurnStatus.COMPLETED, TurnStatus.FAILED):
            journal = await client.attempts.journal(ANN, await ended(client, status))
            kept[status] = STEP["key"] in journal

    assert kept == {status: keep.keeps(status) for status in kept}


async def test_a_kept_journal_goes_when_its_time_is_over(
    stores: Stores, services: SweeperServices, other: asyncpg.Connection
) -> None:
    """With its ledger, so many turns at a time; the turn stays, and what is on hold."""
    async with stores(sweep_interval="1h") as client:
        turns = [await ended(client, TurnStatus.FAILED) for _ in range(JOURNALS + 1)]
        assert not await forget_journals(services), "too early"
        await other.execute("UPDATE turns SET journal_until = now() - interval '1 second'")
        await client.privacy.hold(*ANN)
        assert not await forget_journals(services)
        assert await client.attempts.journal(ANN, turns[0])
        await client.privacy.release(*ANN)

        assert await forget_journals(services), "there is more"
        assert not await forget_journals(services)

        assert not [each for each in turns if await client.attempts.journal(ANN, each)]
        assert (await client.turns.show(ANN, turns[0])).status is TurnStatus.FAILED
        with pytest.raises(Unprocessable, match="KEEP_JOURNALS"):
            await client.recordings.of_turn(turns[0])


async def test_a_recording_has_the_turn_and_what_was_before_it(stores: Stores) -> None:
    """Its request, thread, history, items and journal; no headers, and nothing that came later."""
    async with stores() as client:
        first = await running(client, message("first"))
        await write(client, first, items=[item("msg_first")])
        await finish(client, first)
        asked = message("second", thread_id=first.thread_id)
        turn = await running(client, asked)
        await write(client, turn, steps=[STEP], items=[item("msg_second")])
        await finish(client, turn, TurnStatus.FAILED)
        later = await running(client, message("third", thread_id=first.thread_id))
        await finish(client, later)

        recording = await client.recordings.of_turn(turn.turn_id)

    assert recording.turn.request == asked
    assert recording.turn.context.headers == {}
    assert [each.item["id"] for each in recording.history][-1] == "msg_first"
    assert len(recording.history) == 2
    assert [each.attempt for each in recording.items] == [0, 1]
    assert recording.items[1].item["id"] == "msg_second"
    assert recording.journal == {STEP["key"]: {"output": []}}
    assert recording.thread["id"] == first.thread_id


async def test_a_turn_that_runs_is_recorded_as_far_as_it_has_come(stores: Stores) -> None:
    async with stores(keep_journals="none") as client:
        turn = await running(client)
        await write(client, turn, steps=[STEP])

        recording = await client.recordings.of_turn(turn.turn_id)

    assert recording.turn.status is TurnStatus.RUNNING
    assert STEP["key"] in recording.journal


async def test_there_is_no_recording_of_an_unknown_turn(stores: Stores) -> None:
    async with stores() as client:
        with pytest.raises(NotFound):
            await client.recordings.of_turn("turn_unknown")


async def test_an_erasure_deletes_kept_journals(stores: Stores, other: asyncpg.Connection) -> None:
    async with stores(sweep_interval="20ms") as client:
        turn_id = await ended(client, TurnStatus.FAILED)
        assert await client.attempts.journal(ANN, turn_id)
        await client.privacy.erase(ANN)

        async def proven() -> bool:
            return (await client.privacy.erasure(ANN)).finished_at is not None

        await wait_until_async(proven, message="the erasure does not end")

    assert await other.fetchval("SELECT count(*) FROM journal") == 0
