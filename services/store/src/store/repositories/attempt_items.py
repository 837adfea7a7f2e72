"""What running attempts do to the items of their thread, each in one statement.

The share lock on the turn's row and the write are one statement: a takeover either waits for this
write or is seen by it, so a superseded worker can never write after its successor began. All of
them answer False when the attempt is not the newest.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.store_api import StoredItem

from store.repositories.items import HIDDEN_TYPES

_SAVE = sa.text(
    """
    WITH turn AS (
        SELECT id, thread_id, owner FROM turns
        WHERE id = :turn_id AND attempt = :attempt AND status = 'running' FOR SHARE
    ), replaced AS (
        UPDATE items SET
            payload = CAST(:payload AS json), public = CAST(:public AS json),
            type = CAST(:type AS text), hidden = CAST(:hidden AS boolean),
            made = CASE WHEN items.turn_id = turn.id
                THEN NULL ELSE COALESCE(items.made, items.payload) END,
            attempt = CASE WHEN items.turn_id = turn.id
                THEN CAST(:attempt AS int) ELSE items.attempt END,
            changed_by = turn.id
        FROM turn WHERE items.thread_id = turn.thread_id AND items.id = :id RETURNING 1
    ), added AS (
        INSERT INTO items
            (thread_id, id, owner, type, hidden, payload, public, turn_id, attempt, seq)
        SELECT thread_id, CAST(:id AS text), owner, CAST(:type AS text), CAST(:hidden AS boolean),
               CAST(:payload AS json), CAST(:public AS json), id, CAST(:attempt AS int),
               COALESCE(CAST(:place AS bigint), nextval('item_seq'))
        FROM turn WHERE NOT EXISTS (SELECT 1 FROM replaced)
    )
    SELECT count(*) FROM turn
    """
)

_BRING_AGAIN = sa.text(
    """
    WITH turn AS (
        SELECT id, thread_id FROM turns
        WHERE id = :turn_id AND attempt = :attempt AND status = 'running' FOR SHARE
    ), brought AS (
        UPDATE items SET attempt = CAST(:attempt AS int) FROM turn
        WHERE items.thread_id = turn.thread_id AND items.id = :id AND items.turn_id = turn.id
    )
    SELECT count(*) FROM turn
    """
)

_REMOVE = sa.text(
    """
    WITH turn AS (
        SELECT thread_id FROM turns
        WHERE id = :turn_id AND attempt = :attempt AND status = 'running' FOR SHARE
    ), removed AS (
        DELETE FROM items USING turn WHERE items.thread_id = turn.thread_id AND items.id = :id
    )
    SELECT count(*) FROM turn
    """
)


async def save(connection: AsyncConnection, turn_id: str, attempt: int, item: StoredItem) -> bool:
    """Add or replace an item. A replaced one keeps its place in the order, and its maker when it
    was not ours.
    """
    held = await connection.scalar(
        _SAVE,
        {
            "turn_id": turn_id,
            "attempt": attempt,
            "id": item.item_id,
            "type": item.type,
            "hidden": item.type in HIDDEN_TYPES,
            "payload": item.payload,
            "public": item.public,
            "place": item.place,
        },
    )
    return bool(held)


async def bring_again(
    connection: AsyncConnection, turn_id: str, attempt: int, item_id: str
) -> bool:
    """Note that this attempt, too, brought an item of its turn, and leave the item as it is."""
    values = {"turn_id": turn_id, "attempt": attempt, "id": item_id}
    return bool(await connection.scalar(_BRING_AGAIN, values))


async def remove(connection: AsyncConnection, turn_id: str, attempt: int, item_id: str) -> bool:
    """Delete an item."""
    values = {"turn_id": turn_id, "attempt": attempt, "id": item_id}
    return bool(await connection.scalar(_REMOVE, values))
