"""Queries on the ledger of tool calls."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from turnstream_store.database.columns import Row
from turnstream_store.tool_calls.tables import tool_calls

_RENEW = sa.text(
    """
    UPDATE tool_calls SET lease_until = now() + CAST(:lease AS interval)
    FROM unnest(CAST(:keys AS text[]), CAST(:runs AS int[])) AS held (key, run)
    WHERE tool_calls.key = held.key AND tool_calls.run = held.run
      AND tool_calls.instance = :instance AND tool_calls.result IS NULL
    """
)


async def insert_call(connection: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Enter a call in the ledger as its first run; False when its key is there already."""
    statement = postgresql.insert(tool_calls).values(run=1, **values)
    result = await connection.execute(statement.on_conflict_do_nothing(index_elements=["key"]))
    return bool(result.rowcount)


async def lock_call(connection: AsyncConnection, key: str) -> Row | None:
    """A call of the ledger, locked, with whether its lease has passed."""
    query = (
        sa.select(tool_calls, (tool_calls.c.lease_until < sa.func.now()).label("abandoned"))
        .where(tool_calls.c.key == key)
        .with_for_update()
    )
    return (await connection.execute(query)).one_or_none()


async def update_call(connection: AsyncConnection, key: str, values: Mapping[str, Any]) -> None:
    """Change a locked call."""
    await connection.execute(sa.update(tool_calls).where(tool_calls.c.key == key).values(**values))


async def renew_calls(
    connection: AsyncConnection, instance: str, lease: timedelta, calls: Mapping[str, int]
) -> None:
    """Extend the leases of the calls that still run at an instance."""
    values = {
        "instance": instance,
        "lease": lease,
        "keys": list(calls),
        "runs": list(calls.values()),
    }
    await connection.execute(_RENEW, values)


async def finish_call(connection: AsyncConnection, key: str, run: int, result: str) -> bool:
    """Record how a run of a call ended; False when another run or result came first."""
    query = (
        sa.update(tool_calls)
        .where(tool_calls.c.key == key, tool_calls.c.run == run, tool_calls.c.result.is_(None))
        .values(result=result)
    )
    return bool((await connection.execute(query)).rowcount)
