"""Emails that wait for the mailer of a deployment."""

from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import Email, OwnedEmail, SendEmail
from turnstream.store_client.http.transport import Params, Transport

_EMAILS = TypeAdapter(list[Email])
_OWNED_EMAILS = TypeAdapter(list[OwnedEmail])


class Emails(Protocol):
    """Emails, each its owner's. Somebody else's id raises `NotFound`."""

    async def newest(self, owner: Owner) -> list[Email]:
        """The owner's emails, newest first."""
        ...

    async def add(self, owner: Owner, email: SendEmail) -> Email:
        """Add an email, once per id."""
        ...

    async def newest_of_all(self, *, limit: int, since: datetime | None = None) -> list[OwnedEmail]:
        """Everybody's emails, newest first, for operators."""
        ...


class HttpEmails(Emails):
    """Emails over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def newest(self, owner: Owner) -> list[Email]:
        return _EMAILS.validate_json(await self._send("GET", "/outbox", owner=owner))

    async def add(self, owner: Owner, email: SendEmail) -> Email:
        answer = await self._send("POST", "/outbox", email, owner=owner)
        return Email.model_validate_json(answer)

    async def newest_of_all(self, *, limit: int, since: datetime | None = None) -> list[OwnedEmail]:
        params: Params = {"limit": limit}
        if since is not None:
            params["since"] = since.isoformat()
        return _OWNED_EMAILS.validate_json(await self._send("GET", "/emails", params=params))
