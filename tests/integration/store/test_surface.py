"""Anyone who reaches the store's port without a key reads nothing and changes nothing."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import asyncpg
import pytest
from turnstream.contracts.identity import Scope
from turnstream.contracts.owner import owner_headers
from turnstream.secrets.internal_key import HEADER
from turnstream.secrets.issued import KEY_PREFIX, new_secret
from turnstream.settings import Settings
from turnstream.store_client import HttpStoreClient
from turnstream.store_client.identity.made_keys import make_key
from turnstream_store.app import create_app
from turnstream_store.settings import StoreSettings

from tests.support.system.services import client_of, serving
from tests.support.turns import ANN, running

THEIRS = owner_headers(ANN)


@pytest.fixture
async def url(emptied: str, redis: str) -> AsyncIterator[str]:
    """A store's address."""
    app = create_app(StoreSettings(database_url=emptied, redis_url=redis))
    async with serving(app) as address:
        yield address


@pytest.fixture
async def store(url: str) -> AsyncIterator[HttpStoreClient]:
    """A service that shows the key."""
    async with client_of(url) as client:
        yield client


async def status(url: str, method: str, path: str, headers: Mapping[str, str], **body: Any) -> int:
    async with aiohttp.request(method, f"{url}{path}", headers=headers, **body) as answer:
        return answer.status


async def test_without_a_key_nothing_is_read_said_or_deleted(
    url: str, store: HttpStoreClient, emptied: str
) -> None:
    """Not a thread, not a turn in somebody's name, and not from a web page either, which may send
    `text/plain` without asking.
    """
    turn = await running(store)
    thread = f"/threads/{turn.thread_id}"
    for method, path in [
        ("GET", thread),
        ("DELETE", thread),
        ("POST", "/turns"),
        ("GET", "/emails"),
        ("GET", "/dead-letters"),
        ("POST", f"/turns/{turn.turn_id}/writes"),
        ("POST", "/tool-calls/begin"),
    ]:
        plain = {**THEIRS, "Content-Type": "text/plain", "Origin": "https://evil.example"}
        assert await status(url, method, path, plain, data='{"turn_id": "t"}') == 401, path
    connection = await asyncpg.connect(emptied.replace("+asyncpg", "", 1))
    assert await connection.fetchval("SELECT count(*) FROM turns") == 1
    assert await connection.fetchval("SELECT count(*) FROM threads") == 1
    await connection.close()
    key = {**THEIRS, HEADER: Settings().key_ring.first}
    assert await status(url, "GET", thread, key) == 200


async def test_an_operators_key_opens_the_operators_routes_alone(
    url: str, store: HttpStoreClient
) -> None:
    """It is a server key with that scope; another one names what it lacks, a revoked one is over,
    and an invented one is nobody's.
    """
    ours = await make_key(store, "default", frozenset({Scope.OPERATOR}))
    other = await make_key(store, "default", frozenset({Scope.CHAT}))

    async def asked(secret: str, path: str, method: str = "GET") -> int:
        shown = {**THEIRS, "Authorization": f"Bearer {secret}"}
        return await status(url, method, path, shown)

    secret = ours.secret.get_secret_value()
    for path in ("/dead-letters", "/failures", "/emails", "/feedback", "/keys", "/tenants"):
        assert await asked(secret, path) == 200, path
        assert await asked(other.secret.get_secret_value(), path) == 403, path
        assert await asked(new_secret(KEY_PREFIX), path) == 401, path
        assert await asked(f"{KEY_PREFIX}invented", path) == 401, path
    for path in ("/threads", "/turns/turn_1", "/unknown", f"/known-keys/{'0' * 64}"):
        assert await asked(secret, path) == 403, path
    assert await asked(secret, "/sessions", "POST") == 403

    await store.keys.revoke(None, ours.key.id)
    assert await asked(secret, "/dead-letters") == 401
