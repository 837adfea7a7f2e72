"""The order of waiting turns: rounds, by which tenants and users alternate, and held turns.

A turn that may run is *in line*. It has two numbers, its virtual start times (start-time fair
queueing): `tenant_round` says when its tenant is to be served, `user_round` when its user is, among
the users of the tenant. A tenant's next round is its last one plus 1 over its share, and a user's
next is its last one plus 1: a user who has much in line is far behind with it. Neither begins
behind the round that is served now (the clock), so that a user who was idle has saved nothing up,
and comes next. The clock is read from the turns themselves, as the newest round that runs, or as
the one before the next that waits. So there is no row that acceptances share.

A turn is *held back* while it must wait for something else than a free slot: for an earlier turn of
its thread, for other turns of its user or session when as many as may run are in line, or for a
delay to pass. It gets its rounds and its job when it is promoted. Whatever ends or delays a turn of
the same user promotes it, in the same transaction. Two concurrent transactions do not see each
other's rows and may both miss it: an acceptance looks again after its commit, and the sweeper
promotes what was still missed. So a held turn waits one sweep too long at worst.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner

from turnstream_store.database.statements import Connection, Statement

IN_LINE = "status IN ('queued', 'running') AND NOT held_back AND cancel IS NULL"
"""The condition of the indexes by round. A query that is to use one repeats it word for word."""

FIRST_OF_THREAD = """
    NOT EXISTS (
        SELECT FROM turns AS earlier
        WHERE earlier.thread_id = turns.thread_id AND earlier.position < turns.position
          AND earlier.status IN ('queued', 'running')
    )
"""


def session_has_room(ahead: str, but: str = "''") -> str:
    """The condition, as SQL, that the session of `turns` may have one more in line, beside those
    and `ahead` others. The turn `but` has ended. A turn of no session has room.
    """
    return f"""
        (turns.session_id IS NULL OR turns.max_running_of_session > {ahead} + (
            SELECT count(*) FROM turns AS beside
            WHERE beside.session_id = turns.session_id AND beside.tenant = turns.tenant
              AND beside.owner = turns.owner AND beside.id <> {but}
              AND beside.status IN ('queued', 'running') AND NOT beside.held_back
        ))
    """


def tenant_round(tenant: str, share: str, ahead: str) -> str:
    """The next round of a tenant, as SQL. `ahead` turns of it are being placed by others."""
    return f"""
        greatest(tenant_clock(), (
            SELECT newest.tenant_round FROM turns AS newest
            WHERE newest.tenant = {tenant} AND {IN_LINE}
            ORDER BY newest.tenant_round DESC LIMIT 1
        ) + 1 / {share}) + {ahead} / {share}
    """


def user_round(tenant: str, last: str, ahead: str) -> str:
    """The next round of a user whose last one in line is `last`, as SQL."""
    return f"""
        coalesce(greatest(
            (SELECT served.user_round FROM turns AS served
             WHERE served.tenant = {tenant} AND served.status = 'running' AND {IN_LINE}
             ORDER BY served.user_round DESC LIMIT 1),
            (SELECT waits.user_round - 1 FROM turns AS waits
             WHERE waits.tenant = {tenant} AND waits.status = 'queued' AND {IN_LINE}
             ORDER BY waits.user_round LIMIT 1),
            {last} + 1
        ), 0) + {ahead}
    """


def promote_for(freed: str, ahead: str = "0") -> str:
    """The CTE `next`: for each row of `freed` (tenant, owner, and the id of a turn that ended) the
    user's first turn that may stand in line is put there, if there is room for it beside `ahead`
    others.

    SKIP LOCKED: two that end at once promote two turns.
    """
    return f"""
        next AS (
            UPDATE turns SET
                held_back = false, published_at = now(), not_before = now(),
                tenant_round = {tenant_round("chosen.tenant", "chosen.share", "chosen.ahead")},
                user_round = {user_round("chosen.tenant", "chosen.last_round", "0")}
            FROM (
                SELECT waiting.id AS waiting_id, freed.tenant, waiting.share, mine.last_round,
                       row_number() OVER (PARTITION BY freed.tenant) - 1 AS ahead
                FROM {freed} AS freed, LATERAL (
                    SELECT count(*) AS places, max(turns.user_round) AS last_round FROM turns
                    WHERE turns.tenant = freed.tenant AND turns.owner = freed.owner
                      AND turns.status IN ('queued', 'running') AND NOT turns.held_back
                      AND turns.id <> freed.id
                ) AS mine, LATERAL (
                    SELECT turns.id, turns.tenant_share AS share FROM turns
                    WHERE turns.tenant = freed.tenant AND turns.owner = freed.owner
                      AND turns.status = 'queued' AND turns.held_back
                      AND turns.cancel IS NULL AND turns.not_before <= now()
                      AND turns.max_running > mine.places + {ahead}
                      AND {session_has_room(ahead, "freed.id")}
                      AND NOT EXISTS (
                        SELECT FROM turns AS earlier
                        WHERE earlier.thread_id = turns.thread_id AND earlier.id <> freed.id
                          AND earlier.position < turns.position
                          AND earlier.status IN ('queued', 'running')
                      )
                    ORDER BY turns.position LIMIT 1 FOR UPDATE OF turns SKIP LOCKED
                ) AS waiting
            ) AS chosen
            WHERE turns.id = chosen.waiting_id AND turns.held_back
            RETURNING turns.id, turns.tenant, turns.owner
        )
    """


class PromotedTurn(NamedTuple):
    """A turn that was held back and may run now."""

    turn_id: str


class WaitingUser(NamedTuple):
    """A user of whom turns are held back."""

    tenant: str
    owner: str
    has_room: bool
    """True when one of them may stand in line."""


_PROMOTE_ONE = Statement(
    f"""
    WITH freed AS (SELECT $1::text AS tenant, $2::text AS owner, '' AS id),
    {promote_for("freed", "$3::int")} SELECT id AS turn_id FROM next
    """,
    PromotedTurn,
)

_NEXT_USER = """
    SELECT tenant, owner FROM turns
    WHERE status = 'queued' AND held_back AND (tenant, owner) > ({after})
    ORDER BY tenant, owner LIMIT 1
"""

_USERS_WAITING = Statement(
    f"""
    WITH RECURSIVE waiting AS (
        (SELECT tenant, owner, 1 AS number FROM ({_NEXT_USER.format(after="$1, $2")}) AS found)
        UNION ALL
        SELECT found.tenant, found.owner, number + 1 FROM waiting, LATERAL (
            {_NEXT_USER.format(after="waiting.tenant, waiting.owner")}
        ) AS found WHERE number < $3
    )
    SELECT tenant, owner, EXISTS (
        SELECT FROM turns
        WHERE turns.tenant = waiting.tenant AND turns.owner = waiting.owner
          AND turns.status = 'queued' AND turns.held_back
          AND turns.cancel IS NULL AND turns.not_before <= now() AND {FIRST_OF_THREAD}
          AND turns.max_running > (
            SELECT count(*) FROM turns AS mine
            WHERE mine.tenant = waiting.tenant AND mine.owner = waiting.owner
              AND mine.status IN ('queued', 'running') AND NOT mine.held_back
          )
          AND {session_has_room("0")}
    ) AS has_room
    FROM waiting
    """,
    WaitingUser,
)


async def promote_one(session: AsyncSession, owner: Owner, ahead: int) -> str | None:
    """Put the first turn of the owner's that is held back in line, if one may stand there beside
    `ahead` others that nobody sees yet.

    One look at a user's places at a time: the lock ends with the transaction, and the next holder
    sees what this one put in line. It waits for nothing else while it holds it (SKIP LOCKED), so
    that callers may hold rows.
    """
    name = sa.func.hashtextextended(f"{owner.tenant}\x1f{owner.user}", 0)
    await session.exec(select(sa.func.pg_advisory_xact_lock(name)))
    found = await _PROMOTE_ONE.one_within(session, *owner, ahead)
    return found.turn_id if found else None


async def users_waiting(connection: Connection, after: Owner, limit: int) -> list[WaitingUser]:
    """Users of whom turns are held back, in the order of their names, those after `after`."""
    return await _USERS_WAITING.all(connection, *after, limit)
