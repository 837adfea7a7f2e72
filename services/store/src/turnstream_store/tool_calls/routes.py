"""The ledger over HTTP, for the tools service."""

from fastapi import APIRouter, Request
from turnstream.contracts.tools import BeginCall, FinishCall, LedgerAnswer, RenewCalls, RenewedCalls

from turnstream_store.dependencies import AllTenantsConnection, Owner, Session, checked_owner
from turnstream_store.tool_calls import renewal_sql, rules

router = APIRouter(prefix="/tool-calls", tags=["tool calls"])


@router.post("/begin")
async def begin(command: BeginCall, request: Request, session: Session) -> LedgerAnswer:
    """Ask whether to run a call."""
    checked_owner(request, command.caller)
    return await rules.begin_call(session, command)


@router.post("/renew")
async def renew(command: RenewCalls, connection: AllTenantsConnection) -> RenewedCalls:
    """Keep the calls of an instance alive, and say which are still its own."""
    return RenewedCalls(held=await renewal_sql.renew(connection, command))


@router.post("/{key}/finish", status_code=204)
async def finish(key: str, owner: Owner, command: FinishCall, session: Session) -> None:
    """Record how a call ended."""
    await rules.finish_call(session, owner, key, command)
