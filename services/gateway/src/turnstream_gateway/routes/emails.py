"""The emails that the bundled assistant was allowed to send, for their owner."""

from fastapi import APIRouter
from turnstream.contracts.rates import RequestKind
from turnstream.contracts.store_api import Email

from turnstream_gateway.routes.dependencies import Services, User, counted

router = APIRouter(prefix="/outbox", tags=["outbox"], dependencies=[counted(RequestKind.READ)])


@router.get("")
async def list_emails(user: User, services: Services) -> dict[str, list[Email]]:
    """The user's emails, newest first."""
    return {"emails": await services.store.emails.newest(user)}
