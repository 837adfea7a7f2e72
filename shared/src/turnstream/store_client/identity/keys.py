"""Server keys: made and revoked by an operator, looked up by the gateways."""

from typing import Protocol

from pydantic import TypeAdapter

from turnstream.contracts.identity import ApiKey, CreateKey
from turnstream.contracts.operating.privacy import Actor
from turnstream.contracts.owner import Tenant
from turnstream.errors import NotFound
from turnstream.store_client.http.transport import CallIdentity, Transport, segment

_KEYS = TypeAdapter(list[ApiKey])
_IDS = TypeAdapter(list[str])


class Keys(Protocol):
    """Server keys. The store knows the digest of a secret and never the secret."""

    async def create(self, tenant: str, command: CreateKey, actor: Actor | None = None) -> ApiKey:
        """Keep a key. Again with the same id and digest it is the same key; with another digest,
        or for another tenant, raises `NotFound`.
        """
        ...

    async def newest(self, tenant: str | None = None, limit: int = 100) -> list[ApiKey]:
        """Keys, revoked ones too, newest first; those of every tenant without one."""
        ...

    async def revoke(self, tenant: str | None, key_id: str, actor: Actor | None = None) -> ApiKey:
        """End a key, and with it the sessions that it made. Again it changes nothing.

        Raises `NotFound`, also for another tenant's; without a tenant any key is found.
        """
        ...

    async def find(self, digest: str) -> ApiKey | None:
        """The key of a secret, valid or not. That it was used is noted, once a minute."""
        ...

    async def revoked(self, ids: list[str]) -> list[str]:
        """Those of these keys and sessions that must not be used any more: revoked, cancelled, made
        by a key that was revoked, or gone. One that merely expired is not among them.
        """
        ...


class HttpKeys(Keys):
    """Keys over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def create(self, tenant: str, command: CreateKey, actor: Actor | None = None) -> ApiKey:
        answer = await self._send(
            "POST", "/keys", command, owner=CallIdentity(Tenant(tenant), actor)
        )
        return ApiKey.model_validate_json(answer)

    async def newest(self, tenant: str | None = None, limit: int = 100) -> list[ApiKey]:
        whose = None if tenant is None else Tenant(tenant)
        answer = await self._send("GET", "/keys", params={"limit": limit}, owner=whose)
        return _KEYS.validate_json(answer)

    async def revoke(self, tenant: str | None, key_id: str, actor: Actor | None = None) -> ApiKey:
        whose = None if tenant is None else Tenant(tenant)
        path = f"/keys/{segment(key_id)}/revoke"
        answer = await self._send("POST", path, owner=CallIdentity(whose, actor))
        return ApiKey.model_validate_json(answer)

    async def find(self, digest: str) -> ApiKey | None:
        try:
            answer = await self._send("GET", f"/known-keys/{segment(digest)}")
        except NotFound:
            return None
        return ApiKey.model_validate_json(answer)

    async def revoked(self, ids: list[str]) -> list[str]:
        return _IDS.validate_json(await self._send("POST", "/revoked", ids))
