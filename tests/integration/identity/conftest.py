"""A store, two gateways, and one gateway without Redis, in this process on real servers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from turnstream.contracts.identity import (
    CreateKey,
    CreateSession,
    Scope,
    Session,
    SessionWorkflow,
)
from turnstream.contracts.ids import new_id
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.secrets.issued import KEY_PREFIX, SESSION_PREFIX, digest, new_secret
from turnstream.store_client import StoreClient
from turnstream_gateway.app import create_app as create_gateway
from turnstream_gateway.settings import GatewaySettings
from turnstream_store.app import create_app as create_store
from turnstream_store.settings import StoreSettings

from tests.integration.store.conftest import migrated, redis
from tests.support.system.services import client_of, serving
from tests.support.waiting import free_port

__all__ = ["migrated", "redis"]

HOME = DEFAULT_TENANT


@dataclass
class Deployment:
    """Where everything is, and a client of the store."""

    store: StoreClient
    gateways: list[str]
    deaf: str
    """A gateway that no message reaches: its Redis is away."""
    http: aiohttp.ClientSession
    database: str

    async def mint(self, tenant: str = HOME, **fields: Any) -> tuple[str, Session]:
        """A session, with its client secret."""
        secret = new_secret(SESSION_PREFIX)
        told = {
            "id": new_id("cksess"),
            "digest": digest(secret),
            "user": "ann",
            "workflow": SessionWorkflow(id="wf_1"),
        }
        return secret, await self.store.sessions.create(tenant, CreateSession(**told | fields))

    async def make_key(self, *scopes: Scope, tenant: str = HOME, **fields: Any) -> tuple[str, str]:
        """A server key: its secret and its id."""
        secret = new_secret(KEY_PREFIX)
        told = {"id": new_id("key"), "digest": digest(secret), "scopes": frozenset(scopes)}
        key = await self.store.keys.create(tenant, CreateKey(**told | fields))
        return secret, key.id

    async def ask(
        self, gateway: str, secret: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """The status of a request with a secret, and the code of its refusal."""
        bearer = {"Authorization": f"Bearer {secret}", **(headers or {})}
        async with self.http.get(f"{gateway}/facts", headers=bearer) as answer:
            body = await answer.json()
            return answer.status, body["code"] if answer.status >= 400 else ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(
    migrated: str, redis: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Deployment]:
    blobs = f"file:{tmp_path_factory.mktemp('blobs')}"
    settings = StoreSettings(database_url=migrated, redis_url=redis, blobs_url=blobs)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(create_store(settings)))
        store = await stack.enter_async_context(client_of(url))
        nowhere = f"redis://127.0.0.1:{free_port()}/0"
        first, second, deaf = [
            await stack.enter_async_context(
                serving(
                    create_gateway(
                        GatewaySettings(auth=("sessions", "keys"), store_url=url, redis_url=address)
                    )
                )
            )
            for address in (redis, redis, nowhere)
        ]
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Deployment(store, [first, second], deaf, http, migrated)
