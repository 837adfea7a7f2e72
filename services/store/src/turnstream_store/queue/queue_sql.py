"""The statement that looks at the queue of all tenants."""

from typing import NamedTuple

from turnstream_store.database.statements import Connection, Statement

_MOST_USERS = 5_000
"""Users that are looked at. Where so many wait, a few more change nothing."""


class WaitingTenant(NamedTuple):
    """What waits of one tenant."""

    tenant: str
    users: int
    age: float


class EndedTurns(NamedTuple):
    """Turns that ended."""

    turns: int


# From one user to the next by the index of active turns, then the first in line of each: the
# statement costs as many look-ups as users wait, however many turns each of them has queued.
_WAITING = Statement(
    f"""
    WITH RECURSIVE users AS (
        (SELECT tenant, owner FROM turns WHERE status = 'queued' ORDER BY tenant, owner LIMIT 1)
        UNION ALL
        SELECT next.tenant, next.owner FROM users, LATERAL (
            SELECT tenant, owner FROM turns
            WHERE status = 'queued' AND (tenant, owner) > (users.tenant, users.owner)
            ORDER BY tenant, owner LIMIT 1
        ) AS next
    ), heads AS (
        SELECT users.tenant, head.since
        FROM (SELECT tenant, owner FROM users LIMIT {_MOST_USERS}) AS users, LATERAL (
            SELECT greatest(mine.accepted_at, mine.not_before) AS since FROM turns AS mine
            WHERE mine.tenant = users.tenant AND mine.owner = users.owner
              AND mine.status = 'queued' AND NOT mine.held_back
              AND mine.cancel IS NULL AND mine.not_before <= now()
              AND NOT EXISTS (
                SELECT 1 FROM turns AS other
                WHERE other.thread_id = mine.thread_id AND other.position < mine.position
                  AND other.tenant = mine.tenant AND other.owner = mine.owner
                  AND other.status IN ('queued', 'running')
              )
            ORDER BY mine.position LIMIT 1
        ) AS head
    )
    SELECT tenant, count(*) AS users, extract(epoch FROM now() - min(since))::float8 AS age
    FROM heads GROUP BY tenant
    """,  # noqa: S608 - a constant of this file alone
    WaitingTenant,
)
_ENDED = Statement(
    "SELECT count(*) AS turns FROM turns WHERE ended_at > now() - make_interval(secs => $1)",
    EndedTurns,
)


async def waiting(connection: Connection) -> list[WaitingTenant]:
    """What waits, by tenant: turns that would run if a slot were free, the first of each user."""
    return await _WAITING.all(connection)


async def ended(connection: Connection, seconds: float) -> int:
    """How many turns ended within the last seconds."""
    found = await _ENDED.one(connection, seconds)
    return found.turns if found else 0
