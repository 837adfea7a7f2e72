"""The renewal of the leases of tool calls: raw SQL, for it is asked every few seconds."""

from typing import NamedTuple

from turnstream.contracts.tools import RenewCalls

from turnstream_store.database.statements import Connection, Statement


class RenewedCall(NamedTuple):
    """A call whose lease was extended."""

    key: str


_RENEW = Statement(
    """
    UPDATE tool_calls SET lease_until = now() + $1::interval
    FROM unnest($2::text[], $3::int[]) AS held (key, run)
    WHERE tool_calls.key = held.key AND tool_calls.run = held.run
      AND tool_calls.instance = $4 AND tool_calls.result IS NULL
    RETURNING tool_calls.key
    """,
    RenewedCall,
)


async def renew(connection: Connection, command: RenewCalls) -> list[str]:
    """Extend the leases of the calls that still run at an instance; the keys of these calls."""
    keys, runs = list(command.calls), list(command.calls.values())
    renewed = await _RENEW.all(connection, command.lease, keys, runs, command.instance)
    return [call.key for call in renewed]
