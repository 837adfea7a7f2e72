"""The facts that the bundled assistant has learned, for their owner."""

from fastapi import APIRouter
from turnstream.contracts.rates import RequestKind
from turnstream.contracts.store_api import Fact

from turnstream_gateway.routes.dependencies import Services, User, counted

router = APIRouter(prefix="/facts", tags=["facts"], dependencies=[counted(RequestKind.READ)])


@router.get("")
async def list_facts(user: User, services: Services) -> dict[str, list[Fact]]:
    """The user's facts, newest first, without discarded ones."""
    return {"facts": await services.store.facts.newest(user)}


@router.post("/{fact_id}/save")
async def save_fact(fact_id: str, user: User, services: Services) -> Fact:
    """Keep a fact."""
    return await services.store.facts.save(user, fact_id)


@router.post("/{fact_id}/discard")
async def discard_fact(fact_id: str, user: User, services: Services) -> Fact:
    """Forget a fact."""
    return await services.store.facts.discard(user, fact_id)
