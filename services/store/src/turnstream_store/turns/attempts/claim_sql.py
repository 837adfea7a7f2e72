"""Claiming a turn: the right to run it, and all that its worker needs, in one statement.

The statement may have to wait for the turn's row. Everything else that it reads is as it was when
the statement began. That is new enough: the turn was queued then, in the attempt that it still is
in (`seen`), so everything that earlier attempts and earlier turns wrote was committed by then.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.pages import PAGE_BYTES
from turnstream.contracts.turns import ClaimTurn, TurnStatus

from turnstream_store.database.statements import Connection, Statement
from turnstream_store.turns.kept_attempts import BEGUN
from turnstream_store.turns.waiting.rounds_sql import FIRST_OF_THREAD, IN_LINE

NEWEST_ITEMS = 30
"""Items sent along with a claim: as many as an assistant usually looks at, so that loading the
history costs no second round trip. Those that do not fit into `PAGE_BYTES` are left out, the newest
one never: a thread of long texts costs each of its turns no more than that."""


class ClaimedRow(NamedTuple):
    """A claimed turn with all that its worker needs. JSON is text.

    Without an id, the turn that was chosen may not run: its user or session has enough running.
    """

    id: str
    thread_id: str
    tenant: str
    owner: str
    kind: str
    attempt: int
    failures: int
    request: str
    context: str
    opening: str
    prelude: str
    thread_before: str | None
    input_item_id: str | None
    error: str | None
    """Why the attempt before this one failed, where it said so."""
    credentials: str | None
    input_item: str | None
    own_items: list[str]
    made_items: list[str]
    newest: list[str]
    has_more_items: bool
    """True when the thread has older items than these."""
    seq: int
    """The first of the attempt's sequence numbers. Its items get the numbers after it."""
    waited: float
    """Seconds since it might have been claimed, by the clock of the database."""
    age: float
    """Seconds since it was accepted."""
    overdue: float | None
    """Seconds since the lease of the attempt before ran out, where its worker never gave it up."""


class WaitingTurn(NamedTuple):
    """The answer for a turn that waits for a worker; where none does, there is no row."""

    waits: bool


_OF_ROW = ClaimedRow._fields[: ClaimedRow._fields.index("input_item")]
_COLUMNS = ", ".join(_OF_ROW)
"""Those of the turn's row."""
_MINE = ", ".join(f"mine.{name}" for name in _OF_ROW)

# What the row was when the statement began: the claim itself gives it a new lease.
_OVERDUE = """
    (SELECT extract(epoch FROM now() - seen.lease_until)::float8 FROM turns AS seen
        WHERE seen.id = mine.id AND seen.status IS NOT DISTINCT FROM 'queued') AS overdue
"""

_OWNERS = "tenant = mine.tenant AND owner = mine.owner"

_WAITING = """
    ARRAY(
        SELECT id FROM turns
        WHERE thread_id = mine.thread_id AND status = 'queued'
          AND (tenant, owner) IS NOT DISTINCT FROM (mine.tenant, mine.owner)
    )
"""

_THREAD_MUST_CHANGE = f"""
    kind = 'threads.retry_after_item' OR EXISTS (
        SELECT 1 FROM items AS message
        JOIN items AS newer ON newer.thread_id = message.thread_id AND newer.seq > message.seq
        WHERE message.turn_id = mine.id AND message.thread_id = mine.thread_id
          AND message.tenant = mine.tenant AND newer.tenant = mine.tenant
          AND message.attempt = 0
          AND (newer.turn_id IS NULL OR newer.turn_id <> ALL ({_WAITING}))
    )
"""

_THREAD = """
    (SELECT jsonb_build_object(
        'id', id, 'status', status, 'metadata', metadata,
        'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ) || jsonb_strip_nulls(jsonb_build_object(
        'title', title, 'allowed_image_domains', allowed_image_domains
    )) FROM threads
    WHERE id = mine.thread_id
      AND (tenant, owner) IS NOT DISTINCT FROM (mine.tenant, mine.owner))::json
"""


_NEWEST = f"""
    SELECT coalesce(array_agg(payload ORDER BY seq DESC) FILTER (WHERE fits), '{{}}') AS payloads,
        coalesce(bool_or(NOT fits), false) AS has_more_items
    FROM (
        SELECT payload, seq, row_number() OVER newest_first = 1
            OR row_number() OVER newest_first <= {NEWEST_ITEMS}
            AND sum(octet_length(payload)) OVER newest_first <= {PAGE_BYTES} AS fits
        FROM (
            SELECT payload::text AS payload, seq FROM items
            WHERE thread_id = mine.thread_id AND {_OWNERS} AND (
                turn_id IS NULL
                OR turn_id = mine.id AND attempt IN (0, mine.attempt)
                OR turn_id <> mine.id AND turn_id <> ALL ({_WAITING})
            )
            ORDER BY seq DESC LIMIT {NEWEST_ITEMS + 1}
        ) AS candidates
        WINDOW newest_first AS (ORDER BY seq DESC)
    ) AS counted
"""


def _items_made(form: str) -> str:
    """A form of the items that the turn's attempts made, in order, as SQL. They are found by their
    turn: with their thread named too, Postgres would read all that is in it, for its order.
    """
    return f"""
        coalesce((SELECT array_agg({form}::text ORDER BY seq) FROM items
            WHERE turn_id = mine.id AND attempt > 0 AND {_OWNERS} AND {form} IS NOT NULL
        ), '{{}}')
    """


def _answering(update: str, before: str = "", chosen: str = "mine") -> Statement[ClaimedRow]:
    """The statement that changes `mine`, a row of turns, and answers with all a worker needs. The
    CTEs `before` find the row, and `chosen` says where the answer's row comes from.
    """
    sql = f"""
        WITH {before} mine AS (
            {update}
            RETURNING {_COLUMNS}, not_before, accepted_at, {_OVERDUE}
        )
        SELECT {_MINE},
            (SELECT payload FROM items
                WHERE thread_id = mine.thread_id AND id = mine.input_item_id AND {_OWNERS}
            ) AS input_item,
            {_items_made("payload")} AS own_items,
            {_items_made("made")} AS made_items,
            newest.payloads AS newest,
            newest.has_more_items,
            nextval('item_seq') AS seq,
            extract(epoch FROM clock_timestamp() - mine.not_before)::double precision AS waited,
            extract(epoch FROM clock_timestamp() - mine.accepted_at)::double precision AS age,
            mine.overdue
        FROM {chosen}, LATERAL ({_NEWEST}) AS newest
    """
    return Statement(sql, ClaimedRow)


_STARTED = f"""
    status = 'running', attempt = attempt + 1, worker = $2, lease_until = now() + $3,
    blocked = NULL, held_back = false, attempts = {BEGUN},
    thread_before = CASE
        WHEN thread_before IS NOT NULL THEN thread_before
        WHEN NOT ({_THREAD_MUST_CHANGE}) THEN {_THREAD}
    END
"""

# The status is a parameter: a plan made while no turn waits would else use the index of all active
# turns to find one of them.
_CLAIM = _answering(
    f"""
    UPDATE turns AS mine SET {_STARTED}
    WHERE id = $1 AND tenant = $6 AND status = $5 AND cancel IS NULL AND not_before <= now()
      AND failures < $4
      AND attempt = (SELECT attempt FROM turns AS seen WHERE seen.id = $1)
      AND position = (
        SELECT min(position) FROM turns AS other
        WHERE other.thread_id = mine.thread_id AND other.status IN ('queued', 'running')
          AND (other.tenant, other.owner) IS NOT DISTINCT FROM (mine.tenant, mine.owner)
      )
    """
)


def _next(locking: str) -> Statement[ClaimedRow]:
    """The statement that claims the turn that is next, among those that it can lock so."""
    may_run = f"""
        turns.status = 'queued' AND {IN_LINE}
        AND turns.not_before <= now() AND turns.failures < $1 AND {FIRST_OF_THREAD}
    """
    chosen = f"""
        first AS MATERIALIZED (
            SELECT id AS first_id, tenant AS first_tenant, tenant_round AS round_now FROM turns
            WHERE {may_run}
            ORDER BY tenant_round, user_round, position LIMIT 1 FOR UPDATE {locking}
        ), chosen AS MATERIALIZED (
            SELECT turns.id AS chosen_id, turns.tenant_round AS round_later,
                   has_place(
                       turns.tenant, turns.owner, turns.session_id,
                       turns.max_running, turns.max_running_of_session
                   ) AS may_run
            FROM first, LATERAL (
                SELECT * FROM turns
                WHERE turns.tenant = first_tenant AND {may_run}
                ORDER BY user_round, tenant_round, position LIMIT 1 FOR UPDATE {locking}
            ) AS turns
        ), passed_over AS (
            UPDATE turns SET tenant_round = round_later FROM first, chosen
            WHERE turns.id = first_id AND first_id <> chosen_id AND chosen.may_run
        ), put_back AS (
            UPDATE turns SET held_back = true FROM chosen
            WHERE turns.id = chosen_id AND NOT chosen.may_run
        ),
    """
    update = f"""
        UPDATE turns AS mine SET {_STARTED}, tenant_round = round_now FROM first, chosen
        WHERE mine.id = chosen_id AND chosen.may_run
          AND mine.attempt = (SELECT attempt FROM turns AS seen WHERE seen.id = chosen_id)
    """
    return _answering(update, chosen, "chosen LEFT JOIN mine ON mine.id = chosen_id")


_CLAIM_NEXT = _next("SKIP LOCKED")
_CLAIM_NEXT_WAITING = _next("")

_ANY_WAITS = Statement(
    f"""
    SELECT true AS waits FROM turns
    WHERE turns.status = 'queued' AND {IN_LINE}
      AND turns.not_before <= now() AND turns.failures < $1 AND {FIRST_OF_THREAD}
    ORDER BY tenant_round LIMIT 1
    """,
    WaitingTurn,
)

_COMPLETE = _answering(
    f"""
    UPDATE turns AS mine SET thread_before = {_THREAD}
    WHERE id = $1 AND attempt = $2 AND tenant = $3 AND owner = $4
      AND status IS NOT DISTINCT FROM 'running'
    """
)


async def claim(
    connection: Connection, tenant: str, command: ClaimTurn, failures_below: int
) -> ClaimedRow | None:
    """Claim a queued turn of a tenant's for this worker; None if it cannot be claimed.

    One statement decides. Two workers after the same turn: the second one's UPDATE waits for the
    first and then finds the status changed. Two turns of one thread: only the first in line has
    the least position, and where two transactions still meet, the partial unique index refuses
    the second, which raises `WriteConflict`.

    The first claim keeps the thread as it is now in `thread_before`, unless the thread has to
    change before the turn can look back on it; then `thread_before` stays None.
    """
    return await _CLAIM.one(
        connection,
        command.turn_id,
        command.worker,
        command.lease,
        failures_below,
        TurnStatus.QUEUED,
        tenant,
    )


async def claim_next(
    connection: Connection, command: ClaimTurn, failures_below: int, *, wait: bool
) -> ClaimedRow | None:
    """Claim the turn that is next; None if there is none that can be locked. An answer without
    an id is no turn: the next call looks again.

    One statement decides. The tenant of the least `tenant_round` is served, and of its turns the
    one of the least `user_round`. That turn takes over the tenant's round, and the turn that had
    it gets the other's: so a light user overtakes the heavy ones of their tenant, and the tenant
    itself gains nothing by it.

    A user has no more turns running than they may, nor has a session, however many stand in line
    after a burst. `has_place` lets the claims for one user come one after another, and counts what
    is committed then. What has no place is held back again; the end of another turn lets it
    through. This cannot deadlock: a claim that waits there has locked only turns that no other
    claim waits for, and one that has passed waits for no more locks.

    Two workers at once: the second one skips the rows that the first has locked, or waits for them
    with `wait`, and looks at a row again that has changed since its statement began. Then the row
    is not queued any more, or it is in another attempt than the one `seen`. Of one thread only the
    first in line can be claimed, and where two transactions still meet, the partial unique index
    refuses the second, which raises `WriteConflict`.
    """
    statement = _CLAIM_NEXT_WAITING if wait else _CLAIM_NEXT
    return await statement.one(connection, failures_below, command.worker, command.lease)


async def any_waits(connection: Connection, failures_below: int) -> bool:
    """True when a turn could be claimed, as far as what is committed says."""
    return await _ANY_WAITS.one(connection, failures_below) is not None


async def complete(
    session: AsyncSession, owner: Owner, turn_id: str, attempt: int
) -> ClaimedRow | None:
    """The claim's answer once more, with the thread as it is now in `thread_before`.

    None when the attempt is not the newest any more.
    """
    return await _COMPLETE.one_within(session, turn_id, attempt, *owner)
