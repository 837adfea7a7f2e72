"""What users told about themselves."""

from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Fact, SaveFact
from turnstream.store_client.http.transport import Transport, segment

_FACTS = TypeAdapter(list[Fact])


class Facts(Protocol):
    """Facts, each for its owner only. Somebody else's id raises `NotFound`."""

    async def newest(self, owner: Owner) -> list[Fact]:
        """The owner's facts, newest first, without discarded ones."""
        ...

    async def add(self, owner: Owner, fact: SaveFact) -> Fact:
        """Add a fact, once per id."""
        ...

    async def save(self, owner: Owner, fact_id: str) -> Fact:
        """Keep a fact. Raises `NotFound`."""
        ...

    async def discard(self, owner: Owner, fact_id: str) -> Fact:
        """Forget a fact: what it says is deleted. Raises `NotFound`."""
        ...


class HttpFacts(Facts):
    """Facts over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def newest(self, owner: Owner) -> list[Fact]:
        return _FACTS.validate_json(await self._send("GET", "/facts", owner=owner))

    async def add(self, owner: Owner, fact: SaveFact) -> Fact:
        answer = await self._send("POST", "/facts", fact, owner=owner)
        return Fact.model_validate_json(answer)

    async def save(self, owner: Owner, fact_id: str) -> Fact:
        return await self._decide(owner, fact_id, "save")

    async def discard(self, owner: Owner, fact_id: str) -> Fact:
        return await self._decide(owner, fact_id, "discard")

    async def _decide(self, owner: Owner, fact_id: str, decision: str) -> Fact:
        path = f"/facts/{segment(fact_id)}/{decision}"
        return Fact.model_validate_json(await self._send("POST", path, owner=owner))
