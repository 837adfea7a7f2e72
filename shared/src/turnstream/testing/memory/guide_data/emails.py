"""Emails in memory."""

from datetime import datetime

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Email, OwnedEmail, SendEmail
from turnstream.errors import NotFound
from turnstream.store_client.guide_data.emails import Emails
from turnstream.testing.memory.state import State

PAGE = 200
"""Emails of one owner that are listed at most: the newest ones."""


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
