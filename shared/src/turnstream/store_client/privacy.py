"""Erasures, legal holds and the audit: what an operator, or a tenant's server, does for privacy."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.operating.privacy import Actor, AuditPage, Erasure, Hold, UserDataSummary
from turnstream.contracts.owner import Owner, Tenant
from turnstream.store_client.http.transport import CallIdentity, Params, Transport

_HOLDS = TypeAdapter(list[Hold])


class Privacy(Protocol):
    """What is kept of users, and its end."""

    async def erase(self, owner: Owner, actor: Actor | None = None) -> Erasure:
        """Begin to erase a user. Repeating the call returns the same erasure. Until it is done,
        writes for the user raise `UserBeingErased`. Raises `LegalHold`.
        """
        ...

    async def erasure(self, owner: Owner) -> Erasure:
        """The newest erasure of a user, done or not. Raises `NotFound`."""
        ...

    async def preview(self, owner: Owner) -> UserDataSummary:
        """What an erasure of a user would delete."""
        ...

    async def export(self, owner: Owner, actor: Actor | None = None) -> AsyncIterator[bytes]:
        """All that a user has, as the pieces of one zip. Raises `Unavailable`, also between two
        pieces: then the archive is cut off, and has no manifest.
        """
        ...

    async def hold(self, tenant: str, user: str | None, actor: Actor | None = None) -> Hold:
        """Keep what a user has, or all users of a tenant, from retention and erasure. Again it
        changes nothing. Raises `UserBeingErased` when it comes too late.
        """
        ...

    async def release(self, tenant: str, user: str | None, actor: Actor | None = None) -> None:
        """End a hold. Raises `NotFound`."""
        ...

    async def holds(self, limit: int = 1000) -> list[Hold]:
        """Legal holds of every tenant, newest first."""
        ...

    async def audit(
        self,
        limit: int,
        since: datetime | None = None,
        action: str | None = None,
        after: str | None = None,
    ) -> AuditPage:
        """What operators and keys did, newest first; with `after`, after that page."""
        ...


class HttpPrivacy(Privacy):
    """Erasures, holds and the audit over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send
        self._stream = transport.stream

    async def erase(self, owner: Owner, actor: Actor | None = None) -> Erasure:
        answer = await self._send("POST", "/erasures", owner=CallIdentity(owner, actor))
        return Erasure.model_validate_json(answer)

    async def erasure(self, owner: Owner) -> Erasure:
        return Erasure.model_validate_json(await self._send("GET", "/erasures/newest", owner=owner))

    async def preview(self, owner: Owner) -> UserDataSummary:
        answer = await self._send("GET", "/erasures/preview", owner=owner)
        return UserDataSummary.model_validate_json(answer)

    async def export(self, owner: Owner, actor: Actor | None = None) -> AsyncIterator[bytes]:
        return await self._stream("/export", CallIdentity(owner, actor))

    async def hold(self, tenant: str, user: str | None, actor: Actor | None = None) -> Hold:
        whose = _whose(tenant, user)
        answer = await self._send("POST", "/holds", owner=CallIdentity(whose, actor))
        return Hold.model_validate_json(answer)

    async def release(self, tenant: str, user: str | None, actor: Actor | None = None) -> None:
        await self._send("DELETE", "/holds", owner=CallIdentity(_whose(tenant, user), actor))

    async def holds(self, limit: int = 1000) -> list[Hold]:
        return _HOLDS.validate_json(await self._send("GET", "/holds", params={"limit": limit}))

    async def audit(
        self,
        limit: int,
        since: datetime | None = None,
        action: str | None = None,
        after: str | None = None,
    ) -> AuditPage:
        params: Params = {"limit": limit}
        if since is not None:
            params["since"] = since.isoformat()
        if action is not None:
            params["action"] = action
        if after is not None:
            params["after"] = after
        return AuditPage.model_validate_json(await self._send("GET", "/audit", params=params))


def _whose(tenant: str, user: str | None) -> Owner | Tenant:
    return Tenant(tenant) if user is None else Owner(tenant, user)
