"""What an operator does for privacy: erase a user, hold what is theirs, look at what was done."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from turnstream.contracts.turns import Contract, Json


class ErasureState(StrEnum):
    """How far an erasure is. Only the last says that nothing is left."""

    ERASING = "erasing"
    """The user is blocked: nothing of theirs can be added while the rest is deleted."""
    ERASED = "erased"
    """All is deleted. Bytes of an upload that was under way may come yet: they are deleted then."""
    PROVEN = "proven"
    """A second pass looked everywhere and found nothing."""


class Erasure(Contract):
    """A user's erasure, and its report: what was deleted where, and what a second pass found.

    It names no user: once it is done, nothing here leads back to them.
    """

    id: str
    tenant: str
    state: ErasureState
    counts: dict[str, int] = Field(default_factory=dict)
    """What was deleted, by kind: a table, `blobs`, `logs`; and how many `turns ended` for it."""
    pseudonymised: dict[str, int] = Field(default_factory=dict)
    """Rows that are kept for the accounts, by table: a random name stands in place of the user's.
    """
    left: dict[str, int] | None = None
    """What the newest second pass found, by kind; None before the first."""
    requested_at: datetime
    finished_at: datetime | None = None
    """The time from which the user's name may come again, as that of a new user."""
    proven_at: datetime | None = None


class UserDataSummary(Contract):
    """What a user has, for a look before it is erased."""

    counts: dict[str, int]
    """Rows that would be deleted, by table."""
    pseudonymised: dict[str, int] = Field(default_factory=dict)
    """Rows that would be kept under a random name, by table."""


class Hold(Contract):
    """What must be kept for a legal reason: no retention deletes it, and no erasure is begun."""

    tenant: str
    user: str | None = None
    """None for all users of the tenant."""
    placed_at: datetime


class ActorKind(StrEnum):
    """Who did what the audit tells."""

    KEY = "key"
    """A server key; `actor` is its id."""
    USER = "user"
    """The user themselves, for their own data."""
    SERVICE = "service"
    """Anyone who has the internal key: an operator beside the deployment, or a service of it."""


class Actor(NamedTuple):
    """Who asked the store for something that the audit tells."""

    kind: ActorKind = ActorKind.SERVICE
    id: str = ""
    """The id of the key. Empty for a user: the entry names them once, where an erasure finds
    them."""

    @property
    def header(self) -> str:
        """The value by which a service names the actor to the store."""
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)


ACTOR_HEADER = "Turnstream-Actor"
"""Names who asked a service that asks the store. Believed of the internal key alone."""


class Action(StrEnum):
    """What the audit tells."""

    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    SESSION_CANCELLED = "session.cancelled"
    TENANT_SET = "tenant.set"
    TURN_REQUEUED = "turn.requeued"
    TURN_RECORDED = "turn.recorded"
    TURN_READ = "turn.read"
    TURN_CANCELLED = "turn.cancelled"
    TURN_RERUN = "turn.rerun"
    USER_ERASED = "user.erased"
    USER_EXPORTED = "user.exported"
    HOLD_PLACED = "hold.placed"
    HOLD_RELEASED = "hold.released"
    THREAD_IMPORTED = "thread.imported"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_ROTATED = "webhook.rotated"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_ENABLED = "webhook.enabled"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_RETRIED = "webhook.retried"
    SCHEDULE_CREATED = "schedule.created"
    SCHEDULE_PAUSED = "schedule.paused"
    SCHEDULE_RESUMED = "schedule.resumed"
    SCHEDULE_DELETED = "schedule.deleted"


class AuditEntry(Contract):
    """One action of an operator or of a key. It holds nothing that a user said."""

    id: str
    at: datetime
    tenant: str
    user: str | None = None
    """The user whom it was about; a pseudonym once they are erased."""
    actor: str
    actor_kind: ActorKind
    action: str
    target: str
    """The id of what it was done to; empty where that is the user or the tenant."""
    detail: Json = Field(default_factory=dict)


class AuditPage(Contract):
    """Entries, newest first."""

    data: list[AuditEntry]
    after: str | None = None
    """Where the next page begins; None on the last."""
