"""The outbox of webhooks: a row for each endpoint of the tenant that wants the event.

It is written in the statement that ends a turn, or in its transaction. Where a tenant has no
endpoint, that looks once into the index of a small table and finds nothing.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file alone

from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner

from turnstream_store.database.statements import Statement


class QueuedEvent(NamedTuple):
    """An event that an endpoint will be told."""

    webhook_id: str


NOBODY = "SELECT NULL::text AS id, NULL::text AS type, NULL::text AS public WHERE false"
"""In place of items that the same statement writes, where it writes none."""


def _required(written: str) -> str:
    """What a turn leaves waiting, as JSON; NULL for nothing. As `contracts.items` has it: items
    that the statement writes are not seen in the table yet, and come in place of those there.
    """
    return f"""
        SELECT jsonb_agg(jsonb_build_object('request', asked.request, 'item_id', asked.id))
        FROM (
            SELECT shown.id, CASE
                WHEN shown.type = 'client_tool_call' THEN 'threads.add_client_tool_output'
                WHEN shown.type = 'structured_input' THEN 'threads.add_structured_input'
                ELSE 'threads.custom_action'
            END AS request
            FROM (
                SELECT id, type, public FROM ({written}) AS written
                UNION ALL
                SELECT items.id, items.type, coalesce(items.public, items.payload)::text
                FROM items
                WHERE items.thread_id = turn.thread_id AND items.turn_id = turn.id
                  AND items.tenant = turn.tenant AND items.owner = turn.owner
                  AND items.attempt > 0 AND NOT items.hidden
                  AND items.id NOT IN (SELECT id FROM ({written}) AS written)
            ) AS shown
            WHERE (shown.type IN ('client_tool_call', 'structured_input') OR shown.id IN (
                SELECT call ->> 'item_id' FROM paused_runs, jsonb_array_elements(calls) AS call
                WHERE paused_runs.turn_id = turn.id AND paused_runs.tenant = turn.tenant
                  AND paused_runs.resumed_by IS NULL
            )) AND coalesce(shown.public::json ->> 'status', 'pending') = 'pending'
        ) AS asked
    """


def noted(status: str, attempt: str, error: str, written: str = NOBODY) -> str:
    """The CTE `noted`, which follows one `turn` with id, thread_id, tenant and owner of a turn that
    has just ended with that status, attempt and error.

    The id of the event is that of the turn and of its attempt: whatever ends it twice in one
    attempt makes one event, and a dead letter that runs again makes another.
    """
    return f"""
        noted AS (
            INSERT INTO webhook_deliveries (
                webhook_id, event_id, tenant, owner, event, turn_id, thread_id, attempt,
                error_code, required
            )
            SELECT told.webhook_id, 'evt_' || regexp_replace(told.id, '^turn_', '') || '_'
                     || {attempt}::text,
                   told.tenant, told.owner, told.event, told.id, told.thread_id, {attempt}::int,
                   ({error}::text::json) ->> 'code', told.required
            FROM (
                SELECT turn.*, wanted.webhook_id, wanted.events, wanted.required, CASE
                    WHEN {status} = 'completed' AND wanted.required IS NOT NULL
                    THEN 'turn.action_required' ELSE 'turn.' || {status} END AS event
                FROM turn, LATERAL (
                    SELECT webhooks.id AS webhook_id, webhooks.events, CASE
                        WHEN {status} = 'completed' THEN ({_required(written)}) END AS required
                    FROM webhooks
                    WHERE webhooks.tenant = turn.tenant AND webhooks.disabled_at IS NULL
                ) AS wanted
            ) AS told
            WHERE told.event = ANY(told.events)
            ON CONFLICT (webhook_id, event_id) DO NOTHING
            RETURNING webhook_id
        )
    """


_NOTE = Statement(
    f"""
    WITH turn AS (
        SELECT id, thread_id, tenant, owner, status AS how, attempt AS last_attempt,
               error AS why
        FROM turns
        WHERE id = $1 AND tenant = $2 AND owner = $3
          AND status IN ('completed', 'failed', 'cancelled')
    ), {noted("turn.how", "told.last_attempt", "told.why")}
    SELECT webhook_id FROM noted LIMIT 1
    """,
    QueuedEvent,
)


async def note_end(session: AsyncSession, owner: Owner, turn_id: str) -> None:
    """Note that a turn has ended, in the transaction that ends it."""
    await _NOTE.one_within(session, turn_id, *owner)
