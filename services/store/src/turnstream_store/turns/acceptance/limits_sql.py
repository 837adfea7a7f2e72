"""What users, sessions and threads may have: each limit is defined once, here, as SQL.

A statement that writes enforces its limits, and answers which one it has met: no second look, which
might see that a turn has ended meanwhile.

It counts what is committed. What the same store is writing at this moment is told to it
(`AcceptancesAhead`): of a hundred acceptances at once no more are accepted than may be. One that
has just been committed may be counted twice: then a burst has some refused that would have had room
a moment later, and none too many. Two stores do not know of each other: each may accept one turn
too many at once. No lock is taken that two users would wait for.

Counting what a user or a thread has takes the longer the more there is, and only who is near the
limit has to know. So the newest row remembers what was counted, and the next one adds to that. A
row of a store that did not count yet, and one that brings the limit near, has all counted anew.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from typing import NamedTuple

from turnstream.errors import TooManyTurns, TooManyTurnsOfSession

ACTIVE = "status IN ('queued', 'running')"
OWNERS = "(tenant, owner) IS NOT DISTINCT FROM (:tenant, :owner)"
"""In a form that fits no index: a thread is found by its id and its turns by the thread, never
among all of a tenant. A plan that is made while the tables are empty would else do that.
"""


class AcceptancesAhead(NamedTuple):
    """Acceptances that this store has under way, begun before this one."""

    of_tenant: int = 0
    of_user: int = 0


class Bounds(NamedTuple):
    """What an acceptance must keep to."""

    turns_per_user: int
    turns_per_session: int
    ahead: AcceptancesAhead
    threads_per_user: int
    items_per_thread: int


MINE = f"""
    mine AS (
        SELECT count(*) + :ahead_of_user::int AS active,
               count(*) FILTER (WHERE NOT held_back) + :ahead_of_user::int AS in_line,
               count(*) FILTER (WHERE session_id = :session_id) + :ahead_of_user::int
                   AS of_session,
               count(*) FILTER (WHERE session_id = :session_id AND NOT held_back)
                   + :ahead_of_user::int AS session_in_line,
               max(user_round) FILTER (WHERE NOT held_back) AS last_round
        FROM turns WHERE tenant = :tenant AND owner = :owner AND {ACTIVE}
    )
"""
"""The turns of the user and of the session, with those ahead."""

_COUNTED_ANEW = 100
"""Threads of a user after which all are counted anew: two that are begun at the same moment by two
stores do not see each other, and become one in the sum."""


THREADS_HELD = f"""
    held AS MATERIALIZED (
        SELECT count, count >= :threads_per_user::int AS is_full FROM (SELECT coalesce((
            SELECT newest.threads_before + 1 + :ahead_of_user::int FROM (
                SELECT threads_before FROM threads WHERE tenant = :tenant AND owner = :owner
                ORDER BY created_at DESC, id DESC LIMIT 1
            ) AS newest
            WHERE newest.threads_before % {_COUNTED_ANEW} + 1 + :ahead_of_user::int
                  < {_COUNTED_ANEW}
              AND newest.threads_before + 1 + :ahead_of_user::int < :threads_per_user::int
        ), (
            SELECT count(*) FROM (
                SELECT FROM threads WHERE tenant = :tenant AND owner = :owner
                LIMIT :threads_per_user::int
            ) AS counted
        )) AS count) AS threads
    )
"""
"""How many threads the user has, and whether those are all they may have."""

ITEMS_HELD = f"""
    held AS MATERIALIZED (
        SELECT count, count >= :items_per_thread::int AS is_full FROM (SELECT coalesce((
            SELECT newest.items_before + newer.count FROM (
                SELECT items_before, seq FROM items
                WHERE thread_id = :thread_id AND {OWNERS} AND items_before IS NOT NULL
                ORDER BY seq DESC LIMIT 1
            ) AS newest, LATERAL (
                SELECT count(*) FROM items
                WHERE thread_id = :thread_id AND {OWNERS} AND items.seq >= newest.seq
            ) AS newer
            WHERE newest.items_before + newer.count < :items_per_thread::int
        ), (
            SELECT count(*) FROM (
                SELECT FROM items WHERE thread_id = :thread_id AND {OWNERS}
                LIMIT :items_per_thread::int
            ) AS counted
        )) AS count) AS items
    )
"""
"""How many items the thread has, and whether those are all it takes."""


def limits(is_full: str, full: str) -> str:
    """The CTE `limits`: the code of the error of what is `reached`, by `mine`; NULL where there is
    room. `full` is the code for what the turn would be written into, where it `is_full`.
    """
    return f"""
        limits AS MATERIALIZED (
            SELECT CASE
                WHEN {is_full} THEN '{full}'
                WHEN mine.active >= :turns_per_user::int THEN '{TooManyTurns.code}'
                WHEN mine.of_session >= :turns_per_session::int THEN '{TooManyTurnsOfSession.code}'
            END AS reached
            FROM mine
        )
    """
