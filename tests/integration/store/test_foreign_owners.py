"""Whatever a call names, it reaches what is its owner's and nothing else.

All of it with row-level security, and without: either lock is enough by itself.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from turnstream.contracts.owner import Owner, owner_headers
from turnstream.secrets.internal_key import HEADER as KEY_HEADER
from turnstream.settings import Settings
from turnstream_store.app import ROUTERS, create_app
from turnstream_store.settings import RowSecurityMode, StoreSettings

from tests.support.store.belongings import (
    FOREIGNERS,
    SECRET,
    VICTIM,
    Belongings,
    belongings,
    snapshot,
)
from tests.support.store.foreign_calls import FOR_EVERYBODY, FOREIGN_CALLS, Foreign, path_of
from tests.support.system.services import client_of, serving
from tests.support.turns import accept, message

MODES = (RowSecurityMode.REQUIRE, RowSecurityMode.OFF)


def test_every_route_of_the_store_has_a_foreign_call() -> None:
    """A new route is called by a foreigner here, or is named as one for everybody."""
    routes = {
        f"{method} {route.path}"
        for module in ROUTERS
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert routes == FOREIGN_CALLS.keys() | FOR_EVERYBODY


@asynccontextmanager
async def store(
    database: str, redis: str, blobs: Path, mode: RowSecurityMode
) -> AsyncIterator[tuple[FastAPI, str]]:
    """A store and its address. It does not sweep: what changes was changed by a call."""
    settings = StoreSettings(
        database_url=database,
        redis_url=redis,
        blobs_url=f"file:{blobs}",
        row_security=mode,
        sweep_interval=timedelta(hours=1),
        user_daily_tokens=1_000_000,
    )
    app = create_app(settings)
    async with serving(app) as url:
        yield app, url


@pytest.mark.parametrize("mode", MODES)
async def test_no_foreigner_reaches_what_is_somebody_elses(
    emptied: str, redis: str, tmp_path: Path, mode: RowSecurityMode
) -> None:
    """By any route, with any of the ids: the answer is that of an id that does not exist."""
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    wrong = []
    async with store(emptied, redis, tmp_path, mode) as (_, url):
        async with client_of(url) as client:
            hers = await belongings(client)
        before = await snapshot(connection)
        assert all(before[table] for table in before if table not in UNUSED)
        async with httpx2.AsyncClient(base_url=url) as http:
            for foreigner in FOREIGNERS:
                for route, call in FOREIGN_CALLS.items():
                    if call.for_tenants and foreigner.tenant == VICTIM.tenant:
                        continue
                    problem = await _call(http, route, call, hers, foreigner)
                    if await snapshot(connection) != before:
                        problem = f"{problem} and changed rows"
                        before = await snapshot(connection)
                    if problem:
                        wrong.append(f"{route} by {foreigner}: {problem}")
    await connection.close()
    assert wrong == []


UNUSED = {
    "deleted_items",
    "deleted_threads",
    "tenants",
    "audit",
    "erasures",
    "holds",
    "occurrences",
}
"""Tables in which the victim has nothing."""


async def _call(
    http: httpx2.AsyncClient, route: str, call: Foreign, hers: Belongings, foreigner: Owner
) -> str:
    """What is wrong with the answer; empty if nothing is."""
    body = call.body(hers, foreigner)
    answer = await http.request(
        route.split(" ")[0],
        path_of(route, hers),
        params=call.asks,
        content=body.model_dump_json() if body is not None else None,
        headers=_headers(foreigner),
    )
    if answer.status_code != call.status:
        return f"{answer.status_code} {answer.text}"
    if call.says is not None and answer.text != call.says:
        return answer.text
    return "tells the secret" if SECRET in answer.text else ""


def _headers(owner: Owner) -> dict[str, str]:
    """Those of a service that acts for an owner."""
    key = {KEY_HEADER: Settings().key_ring.first, "Content-Type": "application/json"}
    return key | owner_headers(owner)


async def test_a_body_that_names_another_owner_than_the_call_is_refused(
    emptied: str, redis: str, tmp_path: Path
) -> None:
    """Anyone who asks for themselves cannot have a turn accepted, or a tool run, for somebody
    else.
    """
    async with (
        store(emptied, redis, tmp_path, RowSecurityMode.REQUIRE) as (_, url),
        httpx2.AsyncClient(base_url=url) as http,
        client_of(url) as client,
    ):
        hers = await belongings(client)
        for route in ("POST /turns", "POST /tool-calls/begin"):
            answer = await http.post(
                route.split(" ")[1],
                content=FOREIGN_CALLS[route].body(hers, VICTIM).model_dump_json(),
                headers=_headers(FOREIGNERS[0]),
            )
            assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("mode", MODES)
async def test_an_idempotency_key_is_its_owners(
    emptied: str, redis: str, tmp_path: Path, mode: RowSecurityMode
) -> None:
    """Two tenants, and two users of one, may use the same key: each gets a turn of their own."""
    async with (
        store(emptied, redis, tmp_path, mode) as (_, url),
        client_of(url) as client,
    ):
        owners = (VICTIM, *FOREIGNERS)
        turns = [
            await accept(client, message(), owner=owner, key="k") for owner in (*owners, VICTIM)
        ]
    assert len({turn.turn_id for turn in turns}) == len(owners)
    assert [turn.existing for turn in turns] == [False, False, False, True]


async def test_ready_says_whether_row_level_security_holds(
    emptied: str, redis: str, tmp_path: Path
) -> None:
    """It does not decide whether the store is ready."""
    for mode, holds in ((RowSecurityMode.AUTO, True), (RowSecurityMode.OFF, False)):
        async with (
            store(emptied, redis, tmp_path, mode) as (_, url),
            httpx2.AsyncClient(base_url=url) as http,
        ):
            answer = await http.get("/ready")
            assert (answer.status_code, answer.json()["row_security"]) == (200, holds)
