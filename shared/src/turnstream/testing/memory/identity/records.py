"""The records of keys and sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from turnstream.contracts.identity import (
    ApiKey,
    CreateKey,
    CreateSession,
    Session,
    SessionStatus,
)


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
