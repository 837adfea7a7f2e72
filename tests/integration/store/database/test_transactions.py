"""A request is one transaction: committed before its answer is sent, announced after the commit."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, cast

import asyncpg
import httpx2
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import insert, select
from turnstream.contracts.owner import DEFAULT_TENANT, owner_headers
from turnstream.http.problems import answer_problems
from turnstream.redis.broker import build_broker
from turnstream.redis.client import command_client
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import one_server
from turnstream_store.announcements import Announcement, JobReady
from turnstream_store.database.pools import Database
from turnstream_store.database.statements import Statement
from turnstream_store.dependencies import Announce, Session, StoreServices, Transaction
from turnstream_store.erasure.job import Eraser
from turnstream_store.guide_data.tables import FactRow
from turnstream_store.identity.limits import TenantLimits
from turnstream_store.operations.overview import OverviewCache
from turnstream_store.publisher import Announcer
from turnstream_store.queue.rules import QueueStateCache
from turnstream_store.settings import StoreSettings

from tests.support.system.services import serving
from tests.support.turns import ANN
from tests.support.waiting import wait_until_async


class RecordingAnnouncer(Announcer):
    """Keeps what is published, and what is committed at that time."""

    def __init__(self, settings: StoreSettings, database: Database) -> None:
        logs = one_server(command_client(settings.redis_url))
        super().__init__(build_broker(settings), EventLog(logs))
        self._database = database
        self.published: list[Announcement] = []
        self.committed: list[str] = []

    async def publish(self, announcements: Sequence[Announcement]) -> None:
        """Part of Announcer."""
        self.published += announcements
        async with self._database.all_tenants().session() as session:
            self.committed += (await session.exec(select(FactRow.id))).all()


@pytest.fixture
async def database(emptied: str) -> AsyncIterator[Database]:
    """A migrated database."""
    async with Database(StoreSettings(database_url=emptied)) as database:
        yield database


@pytest.fixture
def announcer(emptied: str, redis: str, database: Database) -> RecordingAnnouncer:
    """What the routes announce with."""
    return RecordingAnnouncer(StoreSettings(database_url=emptied, redis_url=redis), database)


class Id(NamedTuple):
    """Of a fact, or of a process."""

    id: str | int


_ADD = Statement(
    "INSERT INTO facts (id, owner, text, status) VALUES ($1, 'ann', 'hi', 'saved') RETURNING id", Id
)
_PROCESS = Statement("SELECT pg_backend_pid() AS id", Id)


async def _cut(database_url: str, process: int | str) -> None:
    """End a connection from outside."""
    operator = await asyncpg.connect(database_url.replace("+asyncpg", "", 1))
    await operator.execute("SELECT pg_terminate_backend($1)", process)
    await operator.close()


@pytest.fixture(params=["facts", "hot-facts"])
def facts(request: pytest.FixtureRequest) -> str:
    """The route of one kind of transaction."""
    return str(request.param)


@pytest.fixture
async def url(
    emptied: str, database: Database, announcer: RecordingAnnouncer
) -> AsyncIterator[str]:
    """An app with a route for each kind of transaction, which may lose its connection before the
    commit.
    """
    app = FastAPI()
    answer_problems(app)
    settings, nobody = StoreSettings(), cast(Eraser, None)  # no route here erases anybody
    limits, queued = TenantLimits(database, settings), QueueStateCache(database)
    overview = OverviewCache(database, queued)
    app.state.services = StoreServices(
        database, announcer, settings, limits, queued, nobody, overview
    )

    @app.post("/facts/{fact_id}", status_code=204)
    async def add(
        fact_id: str, session: Session, announce: Announce, cut: bool = False, fail: bool = False
    ) -> None:
        values = {"id": fact_id, "owner": "ann", "text": "hi", "status": "saved"}
        await session.exec(insert(FactRow).values(values))
        announce([JobReady(fact_id, DEFAULT_TENANT)])
        if fail:
            raise RuntimeError
        if cut:
            process = (await session.exec(select(sa.func.pg_backend_pid()))).one()
            await _cut(emptied, process)

    @app.post("/hot-facts/{fact_id}", status_code=204)
    async def add_hot(
        fact_id: str, hot: Transaction, announce: Announce, cut: bool = False, fail: bool = False
    ) -> None:
        await _ADD.one(hot, fact_id)
        announce([JobReady(fact_id, DEFAULT_TENANT)])
        if fail:
            raise RuntimeError
        if cut:
            process = await _PROCESS.one(hot)
            assert process is not None
            await _cut(emptied, process.id)

    async with serving(app) as address:
        yield address


async def known(database: Database) -> list[str]:
    """The facts that are committed."""
    async with database.all_tenants().session() as session:
        return list((await session.exec(select(FactRow.id))).all())


async def test_a_client_that_has_its_answer_can_read_the_commit(
    url: str, facts: str, database: Database, announcer: RecordingAnnouncer
) -> None:
    """The answer comes after the commit, and so does the announcement."""
    async with httpx2.AsyncClient(base_url=url, headers=owner_headers(ANN)) as client:
        for number in range(20):
            assert (await client.post(f"/{facts}/{number}")).status_code == 204
            assert str(number) in await known(database)

    await wait_until_async(lambda: len(announcer.published) == 20)
    assert "0" in announcer.committed


@pytest.mark.parametrize(("how", "status"), [("cut", 503), ("fail", 500)])
async def test_what_is_not_committed_is_an_error_and_not_announced(
    url: str, facts: str, database: Database, announcer: RecordingAnnouncer, how: str, status: int
) -> None:
    """Also when the commit itself fails: a client never takes for done what is lost."""
    async with httpx2.AsyncClient(base_url=url, headers=owner_headers(ANN)) as client:
        answer = await client.post(f"/{facts}/a", params={how: True})
    assert answer.status_code == status
    if how == "cut":
        assert answer.headers["Retry-After"] == "1"
        assert answer.json()["code"] == "unavailable"
    assert await known(database) == []
    assert announcer.published == []
