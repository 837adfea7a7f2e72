"""Facts and emails in memory."""

from datetime import datetime

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Email, Fact, OwnedEmail, SaveFact, SendEmail
from turnstream.errors import NotFound
from turnstream.store_client.guide_data.emails import Emails
from turnstream.store_client.guide_data.facts import Facts
from turnstream.testing.state import State

PAGE = 200
"""Rows of one owner that are listed at most: the newest ones."""


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


class MemoryEmails(Emails):
    """Emails by id, each with its owner."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def newest(self, owner: Owner) -> list[Email]:
        mine = [email for whose, email in self._state.emails.values() if whose == owner]
        return mine[::-1][:PAGE]

    async def add(self, owner: Owner, email: SendEmail) -> Email:
        new = Email(**email.model_dump(), created_at=self._state.now())
        whose, kept = self._state.emails.setdefault(email.id, (owner, new))
        if whose != owner:
            raise NotFound(f"There is no email {email.id}.")
        return kept

    async def newest_of_all(self, *, limit: int, since: datetime | None = None) -> list[OwnedEmail]:
        emails = [
            OwnedEmail(**email.model_dump(), tenant=owner.tenant, owner=owner.user)
            for owner, email in self._state.emails.values()
            if since is None or email.created_at >= since
        ]
        return emails[::-1][:limit]
