"""Server keys in memory."""

from datetime import timedelta

from turnstream.contracts.identity import ApiKey, CreateKey
from turnstream.contracts.operating.privacy import Action, Actor
from turnstream.errors import NotFound
from turnstream.store_client.identity.keys import Keys
from turnstream.testing.memory.identity.records import KeyRecord
from turnstream.testing.memory.identity.sessions import MemorySessions
from turnstream.testing.memory.state import State

_NOTED_EVERY = timedelta(minutes=1)
"""How often the use of a key is noted."""


class MemoryKeys(Keys):
    """Keys by id."""

    def __init__(self, state: State, keys: dict[str, KeyRecord], sessions: MemorySessions) -> None:
        self._now = state.now
        self._audit = state.audit
        self._keys = keys
        self._sessions = sessions

    async def create(self, tenant: str, command: CreateKey, actor: Actor | None = None) -> ApiKey:
        key = self._keys.setdefault(command.id, KeyRecord(command, tenant, self._now()))
        if (key.tenant, key.command.digest) != (tenant, command.digest):
            raise NotFound(f"There is no key {command.id}.")
        detail = {"scopes": sorted(key.command.scopes)}
        self._audit.tell(Action.KEY_CREATED, actor, tenant, command.id, detail)
        return key.shown(self._now())

    async def newest(self, tenant: str | None = None, limit: int = 100) -> list[ApiKey]:
        found = [key for key in self._keys.values() if tenant in (None, key.tenant)]
        found.sort(key=lambda key: (key.created_at, key.command.id), reverse=True)
        return [key.shown(self._now()) for key in found[:limit]]

    async def revoke(self, tenant: str | None, key_id: str, actor: Actor | None = None) -> ApiKey:
        key = self._keys.get(key_id)
        if key is None or tenant not in (None, key.tenant):
            raise NotFound(f"There is no key {key_id}.")
        key.revoked_at = key.revoked_at or self._now()
        self._audit.tell(Action.KEY_REVOKED, actor, key.tenant, key_id)
        return key.shown(self._now())

    async def find(self, digest: str) -> ApiKey | None:
        key = next((each for each in self._keys.values() if each.command.digest == digest), None)
        if key is None:
            return None
        now = self._now()
        if key.shown(now).valid and (
            key.last_used_at is None or key.last_used_at < now - _NOTED_EVERY
        ):
            key.last_used_at = now
        return key.shown(now)

    async def revoked(self, ids: list[str]) -> list[str]:
        return [each for each in ids if not self._usable(each)]

    def _usable(self, id_: str) -> bool:
        key = self._keys.get(id_)
        return self._sessions.usable(id_) if key is None else key.revoked_at is None
