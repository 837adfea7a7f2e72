"""Who asks, and what they may do."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.turns import Contract, Json


class Scope(StrEnum):
    """What a principal may do. A key has those it was made with, a user's token has `CHAT`."""

    CHAT = "chat"
    """Talk: messages, turns, threads, files and all else of the principal's own user."""
    SESSIONS_WRITE = "sessions:write"
    """Make and cancel sessions for any user of the tenant."""
    THREADS_READ = "threads:read"
    """Read the threads of every user of the tenant."""
    THREADS_WRITE = "threads:write"
    """Delete threads of any user of the tenant."""
    OPERATOR = "operator"
    """The operator's routes: dead letters, failures, keys, tenants. Reaches every tenant."""


class SessionLimits(Contract):
    """What `chatkit_configuration` and `rate_limits` of a session allow."""

    requests_per_minute: int | None = None
    """None where nothing is limited."""
    titles: bool = True
    """Whether the assistant may name threads."""
    uploads: bool = True
    max_file_size: int | None = None
    """Bytes of one upload."""
    max_files: int | None = None
    """Attachments of one message."""
    history: bool = True
    """Whether older threads may be listed and opened."""
    recent_threads: int | None = None
    """How many of the newest threads history shows; None shows all."""


class Principal(Contract):
    """Who asks: verified by the gateway, and believed behind it.

    `user` is None for a server key, which acts for the user that a request names.
    """

    tenant: str = DEFAULT_TENANT
    user: str | None = None
    scopes: frozenset[Scope] = frozenset({Scope.CHAT})
    method: str = "dev"
    """Which verifier of `AUTH` knew it: `jwt`, `sessions`, `keys`, `proxy`, `dev`, or an app's."""
    session_id: str | None = None
    workflow: str | None = None
    """The assistant that the session names; None for the tenant's or the deployment's."""
    state_variables: Json = Field(default_factory=dict)
    """What the server that made the session told the assistant. Trusted."""
    limits: SessionLimits = SessionLimits()
    claims: Json = Field(default_factory=dict)
    """Claims of the token. An assistant sees those that `CONTEXT_CLAIMS` names."""
    expires_at: datetime | None = None
    key_id: str | None = None
    """The server key that asked, for the audit."""

    @property
    def owner(self) -> Owner:
        """The owner of what this principal makes. A server key has none: `user` must be there."""
        if self.user is None:
            raise ValueError("A server key owns nothing.")
        return Owner(self.tenant, self.user)
