"""What tests of erasures wait for, and what they let have happened."""

from typing import Any

import asyncpg
from turnstream.contracts.operating.privacy import Erasure, ErasureState
from turnstream.contracts.owner import Owner
from turnstream.store_client import StoreClient

from tests.support.store.belongings import (
    VICTIM,
    snapshot,
    tables,
)
from tests.support.waiting import wait_until_async


async def proven(client: StoreClient, owner: Owner = VICTIM) -> Erasure:
    """The erasure of a user, once it is proven."""

    async def done() -> bool:
        return (await client.privacy.erasure(owner)).state is ErasureState.PROVEN

    await wait_until_async(done, timeout=40, message="the erasure does not end")
    return await client.privacy.erasure(owner)


async def finished(client: StoreClient) -> Erasure:
    """The erasure of the victim, once its user is no longer blocked."""

    async def done() -> bool:
        return (await client.privacy.erasure(VICTIM)).finished_at is not None

    await wait_until_async(done, timeout=40, message="the erasure does not end")
    return await client.privacy.erasure(VICTIM)


async def no_upload_is_late(other: asyncpg.Connection) -> None:
    """Let uploads that had begun have ended, instead of waiting for them."""
    await other.execute("UPDATE files SET keep_until = now() WHERE owner <> 'ann'")


async def no_lease_lasts(other: asyncpg.Connection) -> None:
    """Let what runs for the victim have lost its leases, instead of waiting for them."""
    await other.execute(
        "UPDATE turns SET lease_until = now() WHERE owner = 'ann' AND status = 'running'"
    )


async def waits_for_lock(other: asyncpg.Connection) -> None:
    """Until somebody waits for the lock on a name."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"

    async def waits() -> bool:
        return bool(await other.fetchval(waiting))

    await wait_until_async(waits, message="nobody waits for the lock")


async def named(other: asyncpg.Connection, owner: Owner) -> dict[str, Any]:
    """Every row that names a user, by table."""
    found = await snapshot(other, owner)
    return {table: found[table] for table, has_owner in await tables(other) if has_owner}
