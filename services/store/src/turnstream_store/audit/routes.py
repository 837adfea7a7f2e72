"""The audit over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from turnstream.contracts.operating.privacy import AuditPage

from turnstream_store.audit import rules
from turnstream_store.dependencies import AllTenantsSession

router = APIRouter(tags=["operator"])


@router.get("/audit")
async def audit(
    session: AllTenantsSession,
    since: datetime | None = None,
    action: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: str | None = None,
) -> AuditPage:
    """What operators and keys did, newest first."""
    return await rules.list_entries(session, since, action, limit, after)
