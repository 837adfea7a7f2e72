"""The statements that count for the overview. Each reads an index of few rows."""

from typing import NamedTuple

from turnstream_store.database.statements import Connection, Statement

_TENANTS = 50
"""Tenants that are told of, those with most turns first."""
_LETTERS = 1000
"""Dead letters that are counted. Where there are more, their number says nothing new."""
_LATELY = 300.0
"""Seconds for which ends are counted."""


class QueueLoad(NamedTuple):
    """What a tenant has in the queue; of the first row, what all have."""

    tenant: str | None
    queued: int
    running: int
    held_back: int


class EndCounts(NamedTuple):
    """How turns ended of late, and what waits for an operator."""

    ended: int
    failed: int
    dead_letters: int


_LOAD = Statement(
    f"""
    SELECT tenant,
        count(*) FILTER (WHERE status = 'queued') AS queued,
        count(*) FILTER (WHERE status = 'running') AS running,
        count(*) FILTER (WHERE status = 'queued' AND (held_back OR not_before > now()))
            AS held_back
    FROM turns WHERE status IN ('queued', 'running')
    GROUP BY GROUPING SETS ((), (tenant))
    ORDER BY grouping(tenant) DESC, count(*) DESC, tenant
    LIMIT {_TENANTS} + 1
    """,  # noqa: S608 - a constant of this file alone
    QueueLoad,
)
_ENDS = Statement(
    f"""
    SELECT lately.ended, lately.failed, letters.dead_letters
    FROM (
        SELECT count(*) AS ended, count(*) FILTER (WHERE status = 'failed') AS failed
        FROM turns WHERE ended_at > now() - make_interval(secs => $1)
    ) AS lately, (
        SELECT count(*) AS dead_letters FROM (
            SELECT FROM turns WHERE dead LIMIT {_LETTERS}
        ) AS counted
    ) AS letters
    """,  # noqa: S608 - a constant of this file alone
    EndCounts,
)


async def load(connection: Connection) -> list[QueueLoad]:
    """What is queued and runs: of all, then of the tenants with most."""
    return await _LOAD.all(connection)


async def ends(connection: Connection) -> EndCounts:
    """How turns ended within the last minutes."""
    return await _ENDS.one(connection, _LATELY) or EndCounts(0, 0, 0)
