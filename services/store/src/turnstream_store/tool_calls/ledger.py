"""The ledger: a tool call happens once per key, whoever asks, however often."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from turnstream.contracts.tools import (
    BeginCall,
    CallBegun,
    CallDecision,
    FinishCall,
    ToolFailure,
    ToolResult,
)
from turnstream.errors import Fenced

from turnstream_store.tool_calls import queries as steps
from turnstream_store.turns import queries as turns


async def begin_call(connection: AsyncConnection, command: BeginCall) -> CallBegun:
    """Decide what becomes of a call.

    The turn's share lock keeps an older attempt from starting anything after a takeover. Then the
    row of the key decides, under its lock: the one who inserts it runs; while its lease is alive
    everybody else attaches; a recorded result is given out. When the runner died the outcome is
    unknown: an idempotent call runs again under the next run number, which fences the old runner;
    any other is recorded as `outcome_unknown`, so that nobody ever repeats it.
    """
    if not await turns.holds(connection, command.turn_id, command.attempt):
        return CallBegun(decision=CallDecision.FENCED)
    lease_until = sa.func.now() + command.lease
    mine = {
        "instance": command.instance,
        "reply_to": command.reply_to,
        "lease_until": lease_until,
    }
    values = {
        "key": command.key,
        "turn_id": command.turn_id,
        "owner": command.owner,
        "tool": command.tool,
        **mine,
    }
    if await steps.insert_call(connection, values):
        return CallBegun(decision=CallDecision.RUN, run=1)
    row: Any = await steps.lock_call(connection, command.key)
    if row.result is not None:
        return CallBegun(
            decision=CallDecision.RECORDED, result=ToolResult.model_validate_json(row.result)
        )
    if not row.abandoned:
        await steps.update_call(connection, command.key, {"reply_to": command.reply_to})
        return CallBegun(decision=CallDecision.ATTACH, run=row.run)
    if command.idempotent:
        await steps.update_call(connection, command.key, {"run": row.run + 1, **mine})
        return CallBegun(decision=CallDecision.RUN, run=row.run + 1)
    unknown = ToolResult(
        failure=ToolFailure.OUTCOME_UNKNOWN,
        detail="The service that ran this call died; it may or may not have taken effect.",
    )
    await steps.finish_call(connection, command.key, row.run, unknown.model_dump_json())
    return CallBegun(decision=CallDecision.OUTCOME_UNKNOWN, result=unknown)


async def finish_call(connection: AsyncConnection, key: str, command: FinishCall) -> None:
    """Record a result. Raises `Fenced` when another run, or another result, came first."""
    text = command.result.model_dump_json()
    if not await steps.finish_call(connection, key, command.run, text):
        raise Fenced(f"Run {command.run} of call {key} is not the newest, or it has ended.")
