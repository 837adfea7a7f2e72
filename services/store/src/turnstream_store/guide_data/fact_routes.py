"""Facts over HTTP."""

from typing import Any

from fastapi import APIRouter
from turnstream.contracts.store_api import Fact, SaveFact
from turnstream.errors import NotFound

from turnstream_store.dependencies import Owner, Parts
from turnstream_store.guide_data import facts

router = APIRouter(prefix="/facts", tags=["facts"])


@router.get("")
async def list_facts(owner: Owner, parts: Parts) -> list[Fact]:
    """The owner's facts, newest first."""
    async with parts.database.transaction() as connection:
        return [_fact(row) for row in await facts.newest(connection, owner)]


@router.post("")
async def add_fact(owner: Owner, fact: SaveFact, parts: Parts) -> Fact:
    """Add a fact, once per id."""
    async with parts.database.transaction() as connection:
        return _found(await facts.add(connection, owner, fact), fact.id)


@router.post("/{fact_id}/save")
async def save_fact(fact_id: str, owner: Owner, parts: Parts) -> Fact:
    """The user wants the fact kept."""
    async with parts.database.transaction() as connection:
        return _found(await facts.set_status(connection, owner, fact_id, "saved"), fact_id)


@router.post("/{fact_id}/discard")
async def discard_fact(fact_id: str, owner: Owner, parts: Parts) -> Fact:
    """The user wants the fact forgotten."""
    async with parts.database.transaction() as connection:
        return _found(await facts.set_status(connection, owner, fact_id, "discarded"), fact_id)


def _found(row: Any, fact_id: str) -> Fact:
    if row is None:
        raise NotFound(f"There is no fact {fact_id}.")
    return _fact(row)


def _fact(row: Any) -> Fact:
    return Fact(
        id=row.id,
        text=row.text,
        status=row.status,
        thread_id=row.thread_id,
        created_at=row.created_at,
    )
