"""Facts in memory."""

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Fact, SaveFact
from turnstream.errors import NotFound
from turnstream.store_client.guide_data.facts import Facts
from turnstream.testing.memory.state import State

PAGE = 200
"""Facts of one owner that are listed at most: the newest ones."""


class MemoryFacts(Facts):
    """Facts by id, each with its owner."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def newest(self, owner: Owner) -> list[Fact]:
        mine = [fact for whose, fact in self._state.facts.values() if whose == owner]
        return [fact for fact in mine if fact.status != "discarded"][::-1][:PAGE]

    async def add(self, owner: Owner, fact: SaveFact) -> Fact:
        new = Fact(**fact.model_dump(), created_at=self._state.now())
        self._state.facts.setdefault(fact.id, (owner, new))
        return self._load(owner, fact.id)

    async def save(self, owner: Owner, fact_id: str) -> Fact:
        return self._set(owner, fact_id, status="saved")

    async def discard(self, owner: Owner, fact_id: str) -> Fact:
        return self._set(owner, fact_id, status="discarded", text="", thread_id=None)

    def _set(self, owner: Owner, fact_id: str, **changed: str | None) -> Fact:
        fact = self._load(owner, fact_id).model_copy(update=changed)
        self._state.facts[fact_id] = (owner, fact)
        return fact

    def _load(self, owner: Owner, fact_id: str) -> Fact:
        whose, fact = self._state.facts.get(fact_id, (None, None))
        if fact is None or whose != owner:
            raise NotFound(f"There is no fact {fact_id}.")
        return fact
