"""The facts that the bundled assistant learned, for their owner."""

from fastapi import APIRouter
from turnstream.contracts.store_api import Fact

from turnstream_gateway.state import Parts, User

router = APIRouter(prefix="/facts", tags=["facts"])


@router.get("")
async def list_facts(user: User, parts: Parts) -> dict[str, list[Fact]]:
    """The user's facts, newest first, without discarded ones."""
    return {"facts": await parts.client.facts.newest(user)}


@router.post("/{fact_id}/save")
async def save_fact(fact_id: str, user: User, parts: Parts) -> Fact:
    """Keep a fact."""
    return await parts.client.facts.save(user, fact_id)


@router.post("/{fact_id}/discard")
async def discard_fact(fact_id: str, user: User, parts: Parts) -> Fact:
    """Forget a fact."""
    return await parts.client.facts.discard(user, fact_id)
