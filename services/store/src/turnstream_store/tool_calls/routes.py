"""The ledger over HTTP, for the tools service."""

from fastapi import APIRouter
from turnstream.contracts.tools import BeginCall, CallBegun, FinishCall, RenewCalls

from turnstream_store.dependencies import Parts
from turnstream_store.tool_calls import queries as steps
from turnstream_store.tool_calls.ledger import begin_call, finish_call

router = APIRouter(prefix="/tool-calls", tags=["tool calls"])


@router.post("/begin")
async def begin(command: BeginCall, parts: Parts) -> CallBegun:
    """Ask whether to run a call."""
    async with parts.database.transaction() as connection:
        return await begin_call(connection, command)


@router.post("/renew", status_code=204)
async def renew(command: RenewCalls, parts: Parts) -> None:
    """Keep the calls of an instance alive."""
    async with parts.database.transaction() as connection:
        await steps.renew_calls(connection, command.instance, command.lease, command.calls)


@router.post("/{key}/finish", status_code=204)
async def finish(key: str, command: FinishCall, parts: Parts) -> None:
    """Record how a call ended."""
    async with parts.database.transaction() as connection:
        await finish_call(connection, key, command)
