"""The renewal of leases: one statement for all of a worker's turns, every few seconds."""

from typing import NamedTuple

from turnstream.contracts.turns import RenewLeases

from turnstream_store.database.statements import Connection, Statement


class HeldLease(NamedTuple):
    """A turn whose lease was extended."""

    turn_id: str
    cancel: str | None
    """Why the turn must stop, if it must."""


_RENEW = Statement(
    """
    UPDATE turns SET lease_until = now() + $1::interval, blocked = nullif(held.blocked, '')
    FROM unnest($2::text[], $3::int[], $4::text[]) AS held (turn_id, attempt, blocked)
    WHERE turns.id = held.turn_id AND turns.attempt = held.attempt AND turns.status = 'running'
    RETURNING turns.id AS turn_id, turns.cancel
    """,
    HeldLease,
)


async def renew(connection: Connection, command: RenewLeases) -> list[HeldLease]:
    """Extend leases, and note what blocks a worker; the turns that the worker still holds."""
    turn_ids = [turn.turn_id for turn in command.turns]
    attempts = [turn.attempt for turn in command.turns]
    blocked = [turn.blocked for turn in command.turns]
    return await _RENEW.all(connection, command.lease, turn_ids, attempts, blocked)
