"""Erasing a user: nothing is left, whatever happens meanwhile, and no matter what dies."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from redis.asyncio import Redis
from turnstream.contracts.ids import new_id
from turnstream.contracts.operating.privacy import ErasureState
from turnstream.contracts.store_api import ReserveFile, SaveFact
from turnstream.errors import Fenced, LegalHold, TurnstreamError, UserBeingErased
from turnstream.files.blobs import Blobs
from turnstream.redis.event_log import OPENING, Entry, EventLog, Kind, LogFenced, Position
from turnstream.redis.log_servers import one_server
from turnstream.store_client import StoreClient
from turnstream_store.app import create_app
from turnstream_store.erasure.job import Eraser
from turnstream_store.erasure.registry import BLOCKED, REGISTRY
from turnstream_store.settings import StoreSettings

from tests.integration.store.erasure.erasing import (
    finished,
    named,
    no_lease_lasts,
    no_upload_is_late,
    proven,
)
from tests.support.left_open import left_open
from tests.support.store import traces
from tests.support.store.belongings import (
    FOREIGNERS,
    SECRET,
    VICTIM,
    belongings,
    tables,
)
from tests.support.system.services import client_of, running_store, serving
from tests.support.turns import accept, claim, finish, item, message, running, write
from tests.support.waiting import wait_until_async

SHORT = timedelta(milliseconds=300)
OF_TENANTS = {"api_keys", "tenants", "webhooks"}
"""Tables that know no users."""
OF_NOBODY = {"alembic_version", "workers"}
"""Tables that know no tenants either."""


async def only_hers(other: asyncpg.Connection) -> None:
    """Let what is not hers hold no words of hers: names of keys and of an app's agents."""
    await other.execute("DELETE FROM api_keys")
    await other.execute("UPDATE usage SET agent = ''")


_SEALED = re.compile(r"[\w-]{60,}")
"""What is encrypted or a digest: random letters, among which three may stand by chance."""


async def everything(other: asyncpg.Connection, redis_client: Redis) -> str:
    """All that Postgres and Redis hold, as one text, but for what is sealed."""
    lines = [*await traces.rows(other), *await traces.keys(redis_client)]
    return _SEALED.sub("", "\n".join(lines))


async def test_every_table_that_knows_users_is_in_the_registry(other: asyncpg.Connection) -> None:
    """A new one says how its rows are found and what an erasure does to them."""
    known = {place.name: place.has_owner for place in REGISTRY}
    assert dict(await tables(other)) == known | dict.fromkeys(OF_TENANTS, False)
    every = "SELECT tablename FROM pg_tables WHERE schemaname = 'turnstream'"
    assert {row[0] for row in await other.fetch(every)} == {*known, *OF_TENANTS, *OF_NOBODY}


async def test_every_table_that_begins_something_is_guarded(other: asyncpg.Connection) -> None:
    """A table without the trigger belongs to a row of one that has it."""
    query = """
        SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'not_while_erased'
    """
    guarded = {row[0].removeprefix("turnstream.") for row in await other.fetch(query)}
    assert guarded == set(BLOCKED)
    query = """
        SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
        WHERE contype = 'f' AND confdeltype = 'c'
    """
    belongs: dict[str, set[str]] = {}
    for child, parent in await other.fetch(query):
        name = child.removeprefix("turnstream.")
        belongs.setdefault(name, set()).add(parent.removeprefix("turnstream."))
    kept_for_others = {"audit", "erasures", "holds"}
    free = {place.name for place in REGISTRY} - guarded - kept_for_others
    assert {name for name in free if not belongs.get(name, set()) & guarded} == set()


async def test_an_erased_user_is_nowhere(
    client: StoreClient, other: asyncpg.Connection, redis_client: Redis, blobs_url: str
) -> None:
    """Neither their name nor a word of theirs, in any table, key or file; others keep theirs."""
    blobs = Blobs(blobs_url)
    hers = await belongings(client)
    key = f"{new_id('img')}.png"
    await client.files.reserve(VICTIM, ReserveFile(key=key, size=5))
    await blobs.put(key, SECRET.encode())
    await other.execute("UPDATE files SET uploaded = true WHERE key = $1", key)
    theirs = await running(client, message(SECRET), owner=FOREIGNERS[1])
    before = await named(other, FOREIGNERS[1])
    events = [Entry(Position(1, 0), Kind.ATTEMPT, b""), Entry(Position(1, 1), "", SECRET.encode())]
    await EventLog(one_server(redis_client)).seed(hers.running.turn_id, events)
    counted = (await client.privacy.preview(VICTIM)).counts
    await no_lease_lasts(other)

    await client.privacy.erase(VICTIM)
    await finished(client)
    await no_upload_is_late(other)
    erasure = await proven(client)

    assert counted == {place: erasure.counts[place] for place in counted}, (
        "what was announced is what was deleted"
    )
    assert erasure.left is not None
    assert set(erasure.left.values()) == {0}
    assert {"threads", "items", "blobs", "logs"} <= erasure.left.keys()
    assert not await blobs.exists(key)
    assert await named(other, FOREIGNERS[1]) == before
    await client.threads.delete(FOREIGNERS[1], theirs.thread_id)
    await only_hers(other)
    text = await everything(other, redis_client)
    assert [line for line in text.splitlines() if SECRET in line or "ann" in line] == []


async def test_what_is_under_way_is_refused_and_the_name_may_come_again(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """Nothing of the user's can be begun until nothing that ran for them has a lease; then the name
    is a new user's.
    """
    turn = await running(client, owner=VICTIM)
    await other.execute("UPDATE turns SET lease_until = now() + interval '2 s'")
    await client.privacy.erase(VICTIM)

    for call in (
        accept(client, owner=VICTIM),
        accept(client, message(thread_id=turn.thread_id), owner=VICTIM),
        client.facts.add(VICTIM, SaveFact(id="late", text=SECRET)),
        client.files.reserve(VICTIM, ReserveFile(key=f"{new_id('img')}.png", size=1)),
    ):
        with pytest.raises(TurnstreamError) as caught:
            await call
        assert caught.value.code in {"user_being_erased", "not_found"}
    with pytest.raises(Fenced):
        await write(client, turn, items=[item("msg_late", text=SECRET)])
    assert (await client.privacy.erasure(VICTIM)).finished_at is None

    erasure = await proven(client)
    assert erasure.left is not None
    assert sum(erasure.left.values()) == 0
    await accept(client, owner=VICTIM)
    assert (await client.privacy.preview(VICTIM)).counts == {"threads": 1, "turns": 1, "items": 1}


async def test_a_worker_that_goes_on_writing_leaves_nothing_in_the_log(
    client: StoreClient, other: asyncpg.Connection, redis_client: Redis
) -> None:
    """The log is closed above its attempt, also where it was gone."""
    log = EventLog(one_server(redis_client))
    turn = await running(client, owner=VICTIM)
    await log.seed(turn.turn_id, [Entry(OPENING, "", SECRET.encode())])
    await no_lease_lasts(other)
    await client.privacy.erase(VICTIM)
    await proven(client)

    late = [Entry(OPENING, "", SECRET.encode()), Entry(Position(1, 0), Kind.ATTEMPT, b"")]
    with pytest.raises(LogFenced):
        await log.seed(turn.turn_id, late)
    assert SECRET not in await everything(other, redis_client)


async def test_bytes_that_come_late_have_a_row_that_names_nobody(
    client: StoreClient, other: asyncpg.Connection, blobs_url: str
) -> None:
    """They are deleted when their upload must have ended. Until then nothing is called proven."""
    blobs, key = Blobs(blobs_url), f"{new_id('img')}.png"
    await client.files.reserve(VICTIM, ReserveFile(key=key, size=5))
    await client.privacy.erase(VICTIM)
    assert (await finished(client)).state is ErasureState.ERASED
    await blobs.put(key, SECRET.encode())
    await no_upload_is_late(other)
    await proven(client)
    assert not await blobs.exists(key)


async def test_an_erasure_that_waits_for_nothing_ends_proven(
    client: StoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anyone who asks between its end and a later look is not told that an upload is waited for."""

    async def never(*_: object) -> None:
        """It is the end that counts, not what the store does behind it."""

    monkeypatch.setattr(Eraser, "_prove", never)
    await accept(client, owner=VICTIM)
    await client.privacy.erase(VICTIM)

    erasure = await finished(client)

    assert erasure.state is ErasureState.PROVEN
    assert (await client.privacy.erasure(VICTIM)).proven_at is not None


async def test_the_sweeper_leaves_the_files_of_who_is_being_erased_to_the_erasure(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """Otherwise the report would not count them: a deleted thread's files have no thread."""
    await running(client, owner=VICTIM)
    await other.execute("UPDATE turns SET lease_until = now() + interval '1 hour'")
    for owner in (VICTIM, FOREIGNERS[1]):
        key = f"{new_id('img')}.png"
        await client.files.reserve(owner, ReserveFile(key=key, size=1))
        unsent = """
            INSERT INTO attachments (id, tenant, owner, payload, public, file_key)
            VALUES ($1, $2, $3, '{}', '{}', $4)
        """
        await other.execute(unsent, new_id("atc"), *owner, key)
    await client.privacy.erase(VICTIM)
    overdue = "UPDATE files SET uploaded = true, keep_until = now() - $2::interval WHERE owner = $1"
    await other.execute(overdue, VICTIM.user, timedelta(days=2))
    await other.execute(overdue, FOREIGNERS[1].user, timedelta(days=1))

    async def others_is_gone() -> bool:
        query = "SELECT count(*) FROM files WHERE owner = $1"
        return bool(await other.fetchval(query, FOREIGNERS[1].user) == 0)

    await wait_until_async(others_is_gone, message="the sweeper did not delete the other's file")
    assert await other.fetchval("SELECT owner FROM files") == VICTIM.user
    await other.execute("UPDATE erasures SET quiet_at = now()")
    counts = (await proven(client)).counts
    assert (counts["files"], counts["attachments"]) == (1, 1)


async def test_a_hold_refuses_an_erasure(client: StoreClient, other: asyncpg.Connection) -> None:
    """One on the user, or on the tenant. A hold that comes too late is refused itself."""
    for user in (VICTIM.user, None):
        await client.privacy.hold(VICTIM.tenant, user)
        with pytest.raises(LegalHold):
            await client.privacy.erase(VICTIM)
        await client.privacy.release(VICTIM.tenant, user)
    await running(client, owner=VICTIM)
    await client.privacy.erase(VICTIM)
    with pytest.raises(UserBeingErased):
        await client.privacy.hold(VICTIM.tenant, VICTIM.user)


@asynccontextmanager
async def dying_store(database: str, redis: str, blobs_url: str, last: int) -> AsyncIterator[str]:
    """A store that dies after so many steps of an erasure. It does not sweep."""
    settings = StoreSettings(
        database_url=database,
        redis_url=redis,
        blobs_url=blobs_url,
        sweep_interval=timedelta(hours=1),
    )
    app = create_app(settings)
    eraser = app.state.services.eraser

    async def die(_: object) -> None:
        raise Fenced("the store died here")

    eraser.steps = (*eraser.steps[:last], die)
    with left_open():
        async with serving(app) as url:
            yield url


@pytest.mark.parametrize("last", range(9))
async def test_another_store_goes_on_with_what_one_left(
    emptied: str,
    redis: str,
    redis_client: Redis,
    blobs_url: str,
    other: asyncpg.Connection,
    last: int,
) -> None:
    """After whichever step the first one died."""
    async with (
        dying_store(emptied, redis, blobs_url, last) as url,
        client_of(url) as client,
    ):
        hers = await belongings(client)
        said = [Entry(OPENING, "", SECRET.encode())]
        await EventLog(one_server(redis_client)).seed(hers.running.turn_id, said)
        await no_lease_lasts(other)
        await client.privacy.erase(VICTIM)
        assert (await client.privacy.erasure(VICTIM)).state is ErasureState.ERASING
    async with running_store(emptied, redis, sweep_interval="100ms", blobs_url=blobs_url) as client:
        await finished(client)
        await no_upload_is_late(other)
        erasure = await proven(client)
    assert (erasure.counts["threads"], erasure.counts["sessions"]) == (2, 1)
    await only_hers(other)
    assert "ann" not in await everything(other, redis_client)


async def test_a_takeover_waits_for_no_erasure(
    client: StoreClient, other: asyncpg.Connection
) -> None:
    """While an erasure is held up in the middle, another user's turn is claimed and ended."""
    await running(client, owner=VICTIM)
    async with other.transaction():
        await other.execute("SELECT FROM turns WHERE owner = 'ann' FOR UPDATE")
        await client.privacy.erase(VICTIM)
        accepted = await accept(client, owner=FOREIGNERS[1])
        claimed = await claim(client, accepted.turn_id, tenant="acme", lease=SHORT)
        assert claimed is not None

        async def given_back() -> bool:
            query = "SELECT status FROM turns WHERE id = $1"
            return bool(await other.fetchval(query, accepted.turn_id) == "queued")

        await wait_until_async(given_back, message="the sweeper waits")
        again = await claim(client, accepted.turn_id, tenant="acme")
        assert again is not None
        await finish(client, again)
