"""Settings of the store."""

from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from turnstream.contracts.identity import Tokens, Usd
from turnstream.contracts.turns import JournalRetention, TurnEnd
from turnstream.settings import (
    Count,
    Duration,
    HttpSettings,
    NonNegativeCount,
    Port,
    PositiveDuration,
    RingOfKeys,
    Words,
    parse_duration,
)

DEFAULT_SCHEMA = "turnstream"


class RowSecurityMode(StrEnum):
    """Whether the store takes on the role for which row-level security holds."""

    AUTO = "auto"
    REQUIRE = "require"
    OFF = "off"


def _hosts_apart(text: str) -> str:
    """`user@one:5432,two:5432/name` as SQLAlchemy reads it: with the hosts as parameters."""
    scheme, separator, rest = text.partition("://")
    address, question, query = rest.partition("?")
    netloc, _, path = address.partition("/")
    credentials, at, hosts = netloc.rpartition("@")
    if "," not in hosts:
        return text
    named = "&".join(f"host={each if ':' in each else f'{each}:5432'}" for each in hosts.split(","))
    return f"{scheme}{separator}{credentials}{at}/{path}?{named}{question and '&'}{query}"


def _database_url(text: str) -> str:
    text = _hosts_apart(text)
    try:
        driver = make_url(text).drivername
    except (ArgumentError, ValueError) as error:
        raise ValueError("it is not a URL of a database") from error
    if driver != "postgresql+asyncpg":
        raise ValueError(
            f"it must begin with postgresql+asyncpg://, not {driver}://; where it is an app's own, "
            "set TURNSTREAM_DATABASE_URL for Turnstream"
        )
    return text


DatabaseUrl = Annotated[str, AfterValidator(_database_url)]


class BudgetSettings(HttpSettings):
    """What models may cost. Nothing is limited where nothing is set; a tenant may have its own."""

    user_daily_tokens: Tokens | None = None
    """Tokens, input and output together, that a user may use in a day by UTC. More is refused with
    429 until the next day; a turn that is under way then ends with an error that says so. `0`:
    no model is called."""
    user_daily_cost: Usd | None = None
    """The same in US dollars, such as `0.50`. A model without a price costs nothing here: see
    `MODEL_PRICES`. `0`: no model with a price is called."""
    user_monthly_tokens: Tokens | None = None
    """Tokens that a user may use in a month by UTC. `0`: none."""
    user_monthly_cost: Usd | None = None
    """The same in US dollars. `0`: nothing."""
    tenant_monthly_tokens: Tokens | None = None
    """Tokens that all users of a tenant together may use in a month by UTC. `0`: none."""
    tenant_monthly_cost: Usd | None = None
    """The same in US dollars. `0`: nothing."""
    turn_max_tokens: Tokens | None = None
    """Tokens of all model calls of one turn. The turn ends before the call that would exceed
    it. `0`: no model is called."""
    turn_max_cost: Usd | None = None
    """US dollars that one turn may cost. `0`: nothing."""
    turn_max_tool_calls: NonNegativeCount | None = None
    """Tool calls of one turn. Those beyond it are not made, and the turn ends. `0`: none."""
    turn_max_time: PositiveDuration | None = None
    """How long a turn may go on making model calls. `TURN_TIMEOUT` ends one in the middle of a
    call; this lets the call end."""
    usage_retention: Duration = timedelta(days=400)
    """How long each model call is kept, for `GET /usage`: a year and its bill."""


def _networks(listed: tuple[str, ...]) -> tuple[str, ...]:
    for each in listed:
        ip_network(each)  # raises ValueError for what is none
    return listed


def _waits(listed: tuple[str, ...]) -> tuple[str, ...]:
    if not listed or not all(isinstance(parse_duration(each), timedelta) for each in listed):
        raise ValueError("write each as 5s, 30m or 2h, with commas between")
    return listed


class WebhookSettings(BudgetSettings):
    """How the ends of turns are told to endpoints of the tenants. Off without `WEBHOOK_KEYS`."""

    webhook_keys: RingOfKeys | None = None
    """Seals the secrets of webhooks in the database: at least 32 characters, for all stores alike
    and for nobody else. Two with a comma between while it is being changed: the first seals, both
    open. Without it there are no webhooks."""
    webhook_allow_http: bool = False
    """Whether a webhook may begin with `http://`: for trials on one machine."""
    webhook_networks: Annotated[Words, AfterValidator(_networks)] = ()
    """Networks that webhooks may reach although they are not public, such as `10.1.0.0/16`. All
    that is private, local, of a cloud's metadata or otherwise not public is refused."""
    webhook_timeout: PositiveDuration = timedelta(seconds=15)
    """How long an endpoint may take to answer."""
    webhook_retries: Annotated[Words, AfterValidator(_waits)] = (
        "5s",
        "1m",
        "5m",
        "30m",
        "2h",
        "6h",
        "15h",
    )
    """How long to wait after each try that failed, by a fifth more or less. Behind the last, a
    dead letter: with these eight tries in a day."""
    webhook_concurrency: Count = 32
    """Deliveries that one store sends at a time."""
    webhook_concurrency_per_endpoint: Count = 4
    """Deliveries that all stores send to one endpoint at a time, so that a slow one takes no more
    places."""
    webhook_disable_after: PositiveDuration = timedelta(days=5)
    """An endpoint at which nothing has arrived for so long is disabled when it gets a dead
    letter."""
    webhook_retention: PositiveDuration = timedelta(days=7)
    """How long deliveries are kept after their end, dead letters as well."""
    max_webhooks_per_tenant: Count = 10
    """Webhooks that a tenant may have."""

    @property
    def webhook_waits(self) -> list[timedelta]:
        """How long to wait after each failed try."""
        parsed = map(parse_duration, self.webhook_retries)
        return [each for each in parsed if isinstance(each, timedelta)]


class ScheduleSettings(WebhookSettings):
    """How many schedules there may be, and how often they may happen."""

    max_schedules_per_user: NonNegativeCount = 20
    """Schedules that a user may have. `0`: none."""
    max_schedules_per_tenant: NonNegativeCount = 1000
    """Schedules that all users of a tenant may have. `0`: none."""
    schedule_min_interval: PositiveDuration = timedelta(minutes=5)
    """How close two occurrences of a schedule may lie; not below a minute, which cron knows as its
    least."""


class StoreSettings(ScheduleSettings):
    """Where the database is, what each user may have, and how long things are kept."""

    port: Port = 8001
    """The port to listen on; `0` is any that is free."""
    database_url: DatabaseUrl = "postgresql+asyncpg://postgres@127.0.0.1:5432/turnstream"
    """The Postgres database; it begins with `postgresql+asyncpg://`. TLS is asked for as everywhere
    with Postgres: `?sslmode=verify-full&sslrootcert=/path/ca.pem`. Of several hosts, as in
    `user:password@one:5432,two:5432/turnstream`, the one is used that can be written to."""
    migration_database_url: DatabaseUrl | None = None
    """The same database for `migrate`, as the user that owns the tables. Then the user of
    `DATABASE_URL` needs no right but to connect: `migrate` lets it use the rows."""
    database_schema: Annotated[str, Field(pattern="^[a-z_][a-z0-9_]{0,62}$")] = DEFAULT_SCHEMA
    """The schema of the tables, so that they can share a database with an app's. It is made by the
    migration. Tables of an earlier version in `public` are found there as long as this is unset."""
    database_pool: Count = 20
    """Connections for the statements of every turn; as many again for all other requests. Half of
    either are set apart for what is done for all tenants: claims, leases, sweeps, operators."""
    row_security: RowSecurityMode = RowSecurityMode.AUTO
    """Whether Postgres itself keeps tenants apart, behind what every query names. `auto`: where the
    migration could make the role `turnstream_data`; `require`: the store does not start without;
    `off`: never."""
    max_attempts: Count = 3
    """Attempts that may fail before a turn becomes a dead letter."""
    max_turns_per_user: Count = 1000
    """Turns that one user may have queued or running. More are refused with 429."""
    max_running_turns_per_user: Count = 16
    """Turns of one user that run, or may as soon as a worker is free. The rest of theirs wait."""
    max_running_turns_per_session: Count = 8
    """Turns of one session that run, or may as soon as a worker is free: half of what a user may
    have, so that one page leaves the user's other pages a place."""
    max_turns_per_session: Count = 100
    """Turns that one session may have queued or running. More are refused with 429."""
    max_turns_per_tenant: Count = 100_000
    """Turns that all users of a tenant may have queued or running. More are refused with 429. They
    are counted every `SWEEP_INTERVAL`, so that a burst may exceed it for that long."""
    tenant_share: Count = 1
    """How many turns of a tenant are claimed in a round, where it does not say so itself."""
    max_queued_per_thread: NonNegativeCount = 20
    """Turns that may wait behind a running one in a thread. `0`: none; a message to a busy
    thread is refused."""
    sweep_interval: PositiveDuration = timedelta(seconds=2)
    """How often the store looks for expired leases and lost jobs."""
    disconnect_grace: Duration = timedelta(seconds=3)
    """How long a plain client may be gone before its turn counts as stopped."""
    max_threads_per_user: Count = 10_000
    """Threads that one user may keep. No new one is begun beyond it, until some are deleted."""
    max_items_per_thread: Count = 10_000
    """Items of a thread, beyond which it takes no more messages."""
    storage_per_user: NonNegativeCount = 1024 * 1024 * 1024
    """Bytes of files one user may keep. `0`: none, so that uploads are refused."""
    max_unsent_files: NonNegativeCount = 50
    """Uploads of one user that no message has used yet. `0`: none, so that uploads are refused."""
    upload_lifetime: PositiveDuration = timedelta(days=1)
    """How long an upload is kept that no message has used."""
    retention: PositiveDuration = timedelta(days=30)
    """How long ended turns are kept, for `GET /turns`, idempotency keys and dead letters. Threads
    and items stay."""
    keep_journals: JournalRetention = JournalRetention.FAILED
    """The ended turns whose journal is kept, for `turnstream record`: `failed`, `all`, `none`. A
    journal has the answers of models and the results of tools. Dead letters always keep theirs,
    which they need to run again."""
    journal_ttl: PositiveDuration = timedelta(days=1)
    """How long it is kept."""
    thread_retention: PositiveDuration | None = None
    """How long a thread is kept after its last turn, where its tenant says nothing. Unset: for
    ever."""
    audit_retention: Duration = timedelta(days=365)
    """How long is kept what operators and keys did."""
    outbox_retention: Duration = timedelta(days=30)
    """How long an email of the guide is kept, sent or not."""

    def journal_kept(self, end: TurnEnd) -> timedelta | None:
        """How long the journal is kept of a turn that ends so; None where it goes at once, and for
        a dead letter, which keeps it as long as it is one.
        """
        kept = self.keep_journals.keeps(end.status) and not end.dead
        return self.journal_ttl if kept else None

    @property
    def search_path(self) -> str:
        """Where connections look for tables: in the schema, else where earlier versions made them.

        A schema that somebody chose is looked at alone.
        """
        earlier = ", public" if self.database_schema == DEFAULT_SCHEMA else ""
        return f"{self.database_schema}{earlier}"
