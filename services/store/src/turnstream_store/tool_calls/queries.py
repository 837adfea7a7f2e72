"""Queries on the ledger of tool calls."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from turnstream.contracts.owner import Owner
from turnstream.contracts.tools import BeginCall

from turnstream_store.database.owners import owned_by
from turnstream_store.tool_calls.tables import ToolCallRow

_now = sa.func.now()


class LockedCall(NamedTuple):
    """A call of the ledger, locked."""

    row: ToolCallRow
    abandoned: bool
    """Its lease has passed."""


async def add(session: AsyncSession, command: BeginCall) -> bool:
    """Enter a call in the ledger as its first run; False when its key is there already."""
    statement = insert(ToolCallRow).values(
        {
            ToolCallRow.key: command.key,
            ToolCallRow.turn_id: command.turn_id,
            ToolCallRow.tenant: command.tenant,
            ToolCallRow.owner: command.owner,
            ToolCallRow.tool: command.tool,
            ToolCallRow.run: 1,
            ToolCallRow.instance: command.instance,
            ToolCallRow.reply_to: command.reply_to,
            ToolCallRow.lease_until: _now + command.lease,
        }
    )
    statement = statement.on_conflict_do_nothing(index_elements=[col(ToolCallRow.key)])
    return bool((await session.exec(statement)).rowcount)


async def lock(session: AsyncSession, owner: Owner, key: str) -> LockedCall | None:
    """A call of the owner's in the ledger."""
    query = (
        select(ToolCallRow, col(ToolCallRow.lease_until) < _now)
        .where(*_is(owner, key))
        .with_for_update()
    )
    found = (await session.exec(query)).one_or_none()
    return None if found is None else LockedCall(*found)


async def reply_elsewhere(session: AsyncSession, owner: Owner, key: str, reply_to: str) -> None:
    """Note who else waits for the result of a locked call."""
    values = {ToolCallRow.reply_to: reply_to}
    await session.exec(update(ToolCallRow).where(*_is(owner, key)).values(values))


async def run_again(session: AsyncSession, command: BeginCall, run: int) -> None:
    """Make this instance the runner of a locked call, under a new run number."""
    values = {
        ToolCallRow.run: run,
        ToolCallRow.instance: command.instance,
        ToolCallRow.reply_to: command.reply_to,
        ToolCallRow.lease_until: _now + command.lease,
    }
    query = update(ToolCallRow).where(*_is(command.caller, command.key))
    await session.exec(query.values(values))


async def finish(session: AsyncSession, owner: Owner, key: str, run: int, result: str) -> bool:
    """Record how a run of a call ended; False when another run or result came first."""
    query = update(ToolCallRow).where(
        *_is(owner, key),
        col(ToolCallRow.run) == run,
        col(ToolCallRow.result).is_(None),
    )
    return bool((await session.exec(query.values({ToolCallRow.result: result}))).rowcount)


def _is(owner: Owner, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(ToolCallRow.key) == key, *owned_by(ToolCallRow, owner))
