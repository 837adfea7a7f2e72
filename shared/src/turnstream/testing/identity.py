"""Keys, sessions and tenants in memory."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from turnstream.contracts.identity import (
    ApiKey,
    CreateKey,
    CreateSession,
    Session,
    SessionStatus,
    TenantRecord,
    TenantSettings,
)
from turnstream.contracts.owner import Owner
from turnstream.contracts.privacy import Actor
from turnstream.errors import NotFound
from turnstream.store_client.identity.keys import Keys
from turnstream.store_client.identity.sessions import Sessions
from turnstream.store_client.identity.tenants import Tenants
from turnstream.testing.state import State

_NOTED_EVERY = timedelta(minutes=1)
"""How often the use of a key is noted."""


@dataclass
class KeyRecord:
    """A server key."""

    command: CreateKey
    tenant: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def expires_at(self) -> datetime | None:
        """When it stops to work by itself."""
        lasts = self.command.expires_after
        return self.created_at + lasts if lasts is not None else None

    def shown(self, now: datetime) -> ApiKey:
        """The key as it may be shown."""
        expires_at = self.expires_at
        return ApiKey(
            **self.command.model_dump(include={"id", "scopes", "name"}),
            tenant=self.tenant,
            created_at=self.created_at,
            expires_at=expires_at,
            last_used_at=self.last_used_at,
            revoked_at=self.revoked_at,
            expires_in=None if expires_at is None else (expires_at - now).total_seconds(),
        )


@dataclass
class SessionRecord:
    """A session."""

    command: CreateSession
    tenant: str
    created_at: datetime
    cancelled: bool = False

    def shown(self, now: datetime, *, cancelled: bool) -> Session:
        """The session as it stands."""
        expires_at = self.created_at + timedelta(seconds=self.command.expires_after)
        status = SessionStatus.ACTIVE if now < expires_at else SessionStatus.EXPIRED
        return Session(
            **self.command.model_dump(exclude={"digest", "expires_after"}),
            tenant=self.tenant,
            status=SessionStatus.CANCELLED if cancelled else status,
            created_at=self.created_at,
            expires_at=expires_at,
            expires_in=(expires_at - now).total_seconds(),
        )


class MemoryKeys(Keys):
    """Keys by id."""

    def __init__(
        self, state: State, keys: dict[str, KeyRecord], sessions: "MemorySessions"
    ) -> None:
        self._now = state.now
        self._keys = keys
        self._sessions = sessions

    async def create(self, tenant: str, command: CreateKey, actor: Actor | None = None) -> ApiKey:
        key = self._keys.setdefault(command.id, KeyRecord(command, tenant, self._now()))
        if (key.tenant, key.command.digest) != (tenant, command.digest):
            raise NotFound(f"There is no key {command.id}.")
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


class MemorySessions(Sessions):
    """Sessions by id."""

    def __init__(self, state: State, keys: dict[str, KeyRecord]) -> None:
        self._now = state.now
        self._keys = keys
        self._sessions: dict[str, SessionRecord] = {}

    async def create(self, tenant: str, command: CreateSession) -> Session:
        new = SessionRecord(command, tenant, self._now())
        session = self._sessions.setdefault(command.id, new)
        if (session.tenant, session.command.digest) != (tenant, command.digest):
            raise NotFound(f"There is no session {command.id}.")
        return self._shown(session)

    async def cancel(self, tenant: str, session_id: str, actor: Actor | None = None) -> Session:
        session = self._session(tenant, session_id)
        session.cancelled = True
        return self._shown(session)

    async def show(self, tenant: str, session_id: str) -> Session:
        return self._shown(self._session(tenant, session_id))

    async def find(self, digest: str) -> Session | None:
        found = (each for each in self._sessions.values() if each.command.digest == digest)
        session = next(found, None)
        return None if session is None else self._shown(session)

    def forget(self, owner: Owner) -> int:
        """Delete the sessions of a user; how many there were."""
        theirs = [
            id_ for id_, each in self._sessions.items() if (each.tenant, each.command.user) == owner
        ]
        for id_ in theirs:
            del self._sessions[id_]
        return len(theirs)

    def usable(self, session_id: str) -> bool:
        """True for a session that is there and was not cancelled."""
        session = self._sessions.get(session_id)
        return session is not None and not self._cancelled(session)

    def _session(self, tenant: str, session_id: str) -> SessionRecord:
        session = self._sessions.get(session_id)
        if session is None or session.tenant != tenant:
            raise NotFound(f"There is no session {session_id}.")
        return session

    def _shown(self, session: SessionRecord) -> Session:
        return session.shown(self._now(), cancelled=self._cancelled(session))

    def _cancelled(self, session: SessionRecord) -> bool:
        maker = self._keys.get(session.command.key_id or "")
        return session.cancelled or (maker is not None and maker.revoked_at is not None)


class MemoryTenants(Tenants):
    """Tenants by name."""

    def __init__(self, state: State) -> None:
        self._now = state.now
        self._tenants: dict[str, TenantRecord] = {}

    async def listed(self, limit: int = 1000) -> list[TenantRecord]:
        return [self._tenants[name] for name in sorted(self._tenants)][:limit]

    async def show(self, tenant: str) -> TenantRecord:
        return self._tenants.get(tenant) or TenantRecord(id=tenant)

    async def set(
        self, tenant: str, settings: TenantSettings, actor: Actor | None = None
    ) -> TenantRecord:
        now = self._now()
        known = self._tenants.get(tenant)
        created = known.created_at if known else now
        record = TenantRecord(id=tenant, settings=settings, created_at=created, updated_at=now)
        self._tenants[tenant] = record
        return record
