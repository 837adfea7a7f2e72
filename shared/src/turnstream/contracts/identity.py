"""Who asks, and what they may do."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.rates import RateText
from turnstream.contracts.text import StorableText, storable_value
from turnstream.contracts.turns import Contract, Json

MEGABYTE = 2**20

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""The name of a tenant or a user: no control characters, because it is kept, logged and sent in
headers."""
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a secret, in hex. The secret itself never reaches the store."""


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
    USAGE_READ = "usage:read"
    """Read what the models cost that every user of the tenant used."""
    USERS_ERASE = "users:erase"
    """Erase a user of the tenant with all that they have."""
    USERS_EXPORT = "users:export"
    """Get all that a user of the tenant has, as one archive."""
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
    """The server key that asked, or that made the session."""

    @property
    def owner(self) -> Owner:
        """The owner of what this principal makes. A server key has none: `user` must be there."""
        if self.user is None:
            raise ValueError("A server key owns nothing.")
        return Owner(self.tenant, self.user)

    @property
    def credential_ids(self) -> tuple[str, ...]:
        """The session and the server key whose end ends all that this principal may do."""
        return tuple(id_ for id_ in (self.session_id, self.key_id) if id_ is not None)


class CreateKey(Contract):
    """Command: keep a server key. The same id and digest again are the same key."""

    id: str
    digest: Digest
    scopes: frozenset[Scope] = Field(min_length=1)
    name: StorableText = ""
    """What people call it."""
    expires_after: timedelta | None = None
    """None for a key that lasts until it is revoked."""


class ApiKey(Contract):
    """A server key as it may be shown: its secret is kept nowhere."""

    id: str
    tenant: str
    scopes: frozenset[Scope]
    name: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    """The time of the last use, to the minute."""
    revoked_at: datetime | None = None
    expires_in: float | None = None
    """Seconds that it has left by the clock of the database, below 0 when it has none. It spares
    the asker a clock that agrees."""

    @property
    def valid(self) -> bool:
        """True for a key that was neither revoked nor has expired when the store answered."""
        return self.revoked_at is None and (self.expires_in is None or self.expires_in > 0)

    @property
    def principal(self) -> Principal:
        """Who asks with this key: nobody's user, until a request names one."""
        return Principal(
            tenant=self.tenant,
            scopes=self.scopes,
            method="keys",
            key_id=self.id,
            expires_at=self.expires_at,
        )


class CreatedKey(Contract):
    """A new key with its secret, which is shown once."""

    key: ApiKey
    secret: SecretStr


class SessionStatus(StrEnum):
    """Where a session stands. The last two are ends."""

    ACTIVE = "active"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


StateValue = bool | int | float | Annotated[str, StringConstraints(max_length=10 * MEGABYTE)]
StateVariables = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], StateValue],
    Field(max_length=64),
    AfterValidator(storable_value),
]
"""What hosted ChatKit takes: 64 of them, each a text, a number or a truth."""


class SessionWorkflow(Contract):
    """Which assistant a session talks to, and what the server that made it told it."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    version: str | None = None
    state_variables: StateVariables | None = None
    """Trusted. None where none were given."""
    tracing: bool = True


class SessionConfiguration(Contract):
    """What the page may do with the session. The defaults are those of hosted ChatKit."""

    titles: bool = True
    uploads: bool = False
    max_file_size: Annotated[int, Field(ge=1, le=512)] = 512
    """Megabytes of one upload."""
    max_files: Annotated[int, Field(ge=1)] = 10
    history: bool = True
    recent_threads: Annotated[int, Field(ge=1)] | None = None
    """How many of the newest threads history shows; None shows all."""


class CreateSession(Contract):
    """Command: begin a session. The same id and digest again are the same session."""

    id: str
    digest: Digest
    user: Name
    workflow: SessionWorkflow
    expires_after: Annotated[int, Field(ge=1, le=600)] = 600
    """Seconds."""
    requests_per_minute: Annotated[int, Field(ge=1)] = 10
    configuration: SessionConfiguration = SessionConfiguration()
    key_id: str | None = None
    """The server key that asked for it."""


class Session(Contract):
    """The life of a client secret. The secret is shown by what made it, and kept nowhere."""

    id: str
    tenant: str
    user: str
    status: SessionStatus
    workflow: SessionWorkflow
    created_at: datetime
    expires_at: datetime
    requests_per_minute: int
    configuration: SessionConfiguration
    key_id: str | None = None
    expires_in: float
    """Seconds that it had left when the store answered, by the clock of the database."""

    @property
    def limits(self) -> SessionLimits:
        """The session's limits as a principal carries them."""
        allowed = self.configuration
        return SessionLimits(
            requests_per_minute=self.requests_per_minute,
            titles=allowed.titles,
            uploads=allowed.uploads,
            max_file_size=allowed.max_file_size * MEGABYTE,
            max_files=allowed.max_files,
            history=allowed.history,
            recent_threads=allowed.recent_threads,
        )

    @property
    def principal(self) -> Principal:
        """Who asks with this session's secret."""
        return Principal(
            tenant=self.tenant,
            user=self.user,
            method="sessions",
            session_id=self.id,
            workflow=self.workflow.id,
            state_variables=self.workflow.state_variables or {},
            limits=self.limits,
            expires_at=self.expires_at,
            key_id=self.key_id,
        )


Tokens = Annotated[int, Field(ge=0, lt=2**53)]
Usd = Annotated[float, Field(ge=0, lt=1e9, allow_inf_nan=False)]
"""A budget in dollars, such as `2.50`."""


class TenantSettings(Contract):
    """What a tenant has of its own. None leaves the setting of the deployment."""

    max_turns_per_user: Annotated[int, Field(ge=1)] | None = None
    max_turns_per_session: Annotated[int, Field(ge=1)] | None = None
    max_turns_per_tenant: Annotated[int, Field(ge=1)] | None = None
    max_running_turns_per_user: Annotated[int, Field(ge=1, le=10_000)] | None = None
    max_running_turns_per_session: Annotated[int, Field(ge=1, le=10_000)] | None = None
    tenant_share: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many turns of the tenant are claimed for each of a tenant whose share is 1."""
    max_queued_per_thread: Annotated[int, Field(ge=1)] | None = None
    storage_per_user: Annotated[int, Field(ge=0)] | None = None
    """Bytes."""
    max_unsent_files: Annotated[int, Field(ge=0)] | None = None
    rate_turns: RateText | None = None
    """The rate of each user; `60/1m`, or `off`."""
    rate_uploads: RateText | None = None
    rate_calls: RateText | None = None
    rate_reads: RateText | None = None
    rate_tenant: RateText | None = None
    """The rate of all users together."""
    user_daily_tokens: Tokens | None = None
    user_daily_cost: Usd | None = None
    user_monthly_tokens: Tokens | None = None
    user_monthly_cost: Usd | None = None
    tenant_monthly_tokens: Tokens | None = None
    tenant_monthly_cost: Usd | None = None
    turn_max_tokens: Tokens | None = None
    turn_max_cost: Usd | None = None
    turn_max_tool_calls: Annotated[int, Field(ge=0)] | None = None
    turn_max_time: timedelta | None = None
    retention: timedelta | None = None
    """How long a thread is kept after its last turn."""
    assistant: str | None = None
    """A workflow's name."""
    model: str | None = None
    model_choices: list[str] | None = None
    """Models that a user may choose from."""


class TenantRecord(Contract):
    """A customer of the deployment. One that was never set has the deployment's settings."""

    id: Name
    settings: TenantSettings = TenantSettings()
    created_at: datetime | None = None
    """None where it was never set."""
    updated_at: datetime | None = None
