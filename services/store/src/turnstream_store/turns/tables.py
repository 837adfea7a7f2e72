"""Turns, and what already happened in them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel
from turnstream.contracts.turns import Json, TurnStatus

from turnstream_store.database.columns import JsonText, now_column, tenant_column, time_column

ACTIVE = (TurnStatus.QUEUED, TurnStatus.RUNNING)
"""The states of a turn in which more will happen."""

_IN_LINE = "status IN ('queued', 'running') AND NOT held_back AND cancel IS NULL"
_IN_LINE_OF_SESSION = "status IN ('queued', 'running') AND NOT held_back AND session_id IS NOT NULL"


def _number_column(default: str) -> sa.Column[float]:
    """A number. The default is for services of a version that knew no rounds."""
    return sa.Column(sa.Double, nullable=False, server_default=default)


class TurnRow(SQLModel, table=True):
    """A turn: what was accepted reaches one visible end. The row is also the outbox of
    its job: the sweeper publishes from it what Redis has lost.
    """

    __tablename__ = "turns"

    id: str = Field(primary_key=True)
    thread_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("threads.id", ondelete="CASCADE"), nullable=False)
    )
    tenant: str = Field(sa_column=tenant_column())
    owner: str
    position: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.Identity(always=True), nullable=False)
    )
    kind: str
    status: str
    attempt: int = 0
    failures: int = 0
    worker: str | None = None
    lease_until: datetime | None = Field(default=None, sa_column=time_column())
    not_before: datetime = Field(sa_column=now_column())
    published_at: datetime = Field(sa_column=now_column())
    cancel: str | None = None
    disconnected_until: datetime | None = Field(default=None, sa_column=time_column())
    seen_at: datetime | None = Field(default=None, sa_column=time_column())
    idempotency_key: str | None = None
    fingerprint: str
    request: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    context: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    credentials: str | None = None
    """Sealed by the gateway, for a worker; nothing once the turn has ended."""
    opening: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    prelude: str = Field(sa_column=sa.Column(JsonText, nullable=False))
    thread_before: str | None = Field(default=None, sa_column=sa.Column(JsonText))
    input_item_id: str | None = None
    error: str | None = Field(default=None, sa_column=sa.Column(JsonText))
    blocked: str | None = None
    """Where an app's code blocks the turn's worker, as the worker said last; None while it runs."""
    dead: bool = Field(default=False, sa_column=sa.Column(sa.Boolean, server_default=sa.false()))
    session_id: str | None = None
    """The session in which it was accepted."""
    held_back: bool = Field(
        default=False, sa_column=sa.Column(sa.Boolean, nullable=False, server_default=sa.false())
    )
    """True while a queued turn must wait: for an earlier turn of its thread, for its user's other
    turns, or for a delay to pass. Nobody claims it, and it needs no job."""
    tenant_round: float = Field(default=0, sa_column=_number_column("0"))
    """Its tenant's turn in the queue: the least is claimed next, see `rounds_sql`."""
    user_round: float = Field(default=0, sa_column=_number_column("0"))
    """Its user's turn among the turns of its tenant."""
    tenant_share: float = Field(default=1, sa_column=_number_column("1"))
    """The weight of its tenant when it was accepted."""
    max_running: int = Field(
        default=16, sa_column=sa.Column(sa.Integer, nullable=False, server_default="16")
    )
    """How many turns its user may have running or about to run, when it was accepted."""
    max_running_of_session: int = Field(
        default=8, sa_column=sa.Column(sa.Integer, nullable=False, server_default="8")
    )
    """The same of its session, where it has one."""
    attempts: list[Json] = Field(
        default_factory=list,
        sa_column=sa.Column(JSONB, nullable=False, server_default=sa.text("'[]'")),
    )
    """Who began which attempt when, and what ended it: see `kept_attempts`."""
    accepted_at: datetime = Field(sa_column=now_column())
    ended_at: datetime | None = Field(default=None, sa_column=time_column())
    journal_until: datetime | None = Field(default=None, sa_column=time_column())
    """How long its journal and ledger are kept after its end; None where they are not."""

    __table_args__ = (
        sa.Index(
            "one_running_turn_per_thread",
            "thread_id",
            unique=True,
            postgresql_where=sa.text("status = 'running'"),
        ),
        sa.Index(
            "one_turn_per_idempotency_key",
            "tenant",
            "owner",
            "idempotency_key",
            unique=True,
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        ),
        sa.Index(
            "active_turns",
            "thread_id",
            "position",
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        ),
        sa.Index("turns_of_thread", "thread_id", "position"),
        sa.Index(
            "active_turns_of_tenant",
            "tenant",
            "owner",
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        ),
        sa.Index(
            "turns_in_line",
            "status",
            "tenant_round",
            "user_round",
            "position",
            postgresql_where=sa.text(_IN_LINE),
        ),
        sa.Index(
            "turns_in_line_of_users",
            "tenant",
            "status",
            "user_round",
            "tenant_round",
            "position",
            postgresql_where=sa.text(_IN_LINE),
        ),
        sa.Index("rounds_of_tenant", "tenant", "tenant_round", postgresql_where=sa.text(_IN_LINE)),
        sa.Index(
            "turns_held_back",
            "tenant",
            "owner",
            "position",
            postgresql_where=sa.text("status = 'queued' AND held_back"),
        ),
        sa.Index(
            "running_turns_of_user",
            "tenant",
            "owner",
            postgresql_where=sa.text("status = 'running'"),
        ),
        sa.Index(
            "turns_in_line_of_session",
            "session_id",
            postgresql_where=sa.text(_IN_LINE_OF_SESSION),
        ),
        sa.Index(
            "turns_to_close",
            "id",
            postgresql_where=sa.text("status = 'queued' AND (cancel IS NOT NULL OR failures > 0)"),
        ),
        sa.Index(
            "disconnected_turns",
            "disconnected_until",
            postgresql_where=sa.text("disconnected_until IS NOT NULL"),
        ),
        sa.Index("dead_letters", "ended_at", postgresql_where=sa.text("dead")),
        sa.Index("failed_turns", "ended_at", postgresql_where=sa.text("status = 'failed'")),
        sa.Index(
            "kept_journals",
            "journal_until",
            postgresql_where=sa.text("journal_until IS NOT NULL"),
        ),
        sa.Index("ended_turns", "ended_at", postgresql_where=sa.text("ended_at IS NOT NULL")),
    )


class JournalRow(SQLModel, table=True):
    """What already happened in a turn, until its end or `journal_until`; a dead letter keeps it."""

    __tablename__ = "journal"

    turn_id: str = Field(
        sa_column=sa.Column(sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    )
    key: str = Field(primary_key=True)
    tenant: str = Field(sa_column=tenant_column())
    value: str = Field(sa_column=sa.Column(JsonText, nullable=False))
