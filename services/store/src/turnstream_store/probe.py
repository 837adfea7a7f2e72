"""`turnstream doctor`: whether Postgres is as the store needs it."""

import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import asyncpg
from alembic.script import ScriptDirectory
from sqlalchemy import make_url
from turnstream.doctor.environment import setting
from turnstream.doctor.findings import Finding, failure, ok, skipped, warning
from turnstream.doctor.probe import Kind, Probe, Target

from turnstream_store.database.address import address, arguments, connect
from turnstream_store.database.row_security import RowSecurity
from turnstream_store.database.schema.migrate import alembic_config
from turnstream_store.database.statements import Statement
from turnstream_store.settings import RowSecurityMode, StoreSettings

_OLDEST = 15
"""The oldest version that the suite runs on."""
_SLOW = 5.0
"""Milliseconds for a statement, above which a turn's acceptance is felt."""
_CLOCKS_APART = 2.0
"""Seconds. Leases count by Postgres alone; links, sessions and tokens by the clocks of gateways."""
_QUERIES = 5
_TIMEOUT = 5.0
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ServerFacts(NamedTuple):
    """What a server says of itself, and of our user."""

    version: str
    major: int
    most: int
    used: int
    standby: bool
    superuser: bool
    migrated: bool


_FACTS = Statement(
    """
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num')::int / 10000 AS major,
           current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int AS most,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
           pg_is_in_recovery() AS standby,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
           to_regclass('alembic_version') IS NOT NULL AS migrated
    """,
    ServerFacts,
)


class ServerClock(NamedTuple):
    """What time it is there."""

    seconds: float
    """Since 1970."""


_CLOCK = Statement("SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds", ServerClock)


class MigratedTo(NamedTuple):
    """Where migrations have got to."""

    version_num: str


_REVISION = Statement("SELECT version_num FROM alembic_version", MigratedTo)


async def look(_target: Target) -> Sequence[Finding]:
    """Findings about the server, the schema and the user of `DATABASE_URL`."""
    if not setting("DATABASE_URL"):
        return [skipped("DATABASE_URL is not set here; the store alone needs it")]
    settings = StoreSettings()
    url = make_url(settings.database_url)
    shown = url.render_as_string(hide_password=True)
    try:
        connection = await _connect(settings)
    except (OSError, TimeoutError) as error:
        remedy = "Start it, or set DATABASE_URL to where it is."
        return [failure(f"nothing answers at {shown}: {error or 'no answer in time'}", remedy)]
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return [_refused(shown, error)]
    try:
        [facts] = await _FACTS.all(connection)
        return [
            *_server(shown, facts),
            _connections(facts, settings.database_pool),
            *await _clock(connection),
            await _schema(connection, settings, facts),
            await _row_security(connection, settings, facts),
        ]
    finally:
        await connection.close(timeout=_TIMEOUT)


async def _connect(settings: StoreSettings) -> Any:  # asyncpg has no types
    url, options = address(settings.database_url)
    return await connect(
        **arguments(url),
        **options,
        timeout=_TIMEOUT,
        command_timeout=_TIMEOUT,
        server_settings={"search_path": settings.search_path},
    )


def _refused(shown: str, error: Exception) -> Finding:
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            remedy = "Put the right user and password into DATABASE_URL."
            return failure(f"{shown} refuses the user or the password", remedy)
        case asyncpg.InvalidCatalogNameError():
            remedy = "Create it (`createdb`), or name another one in DATABASE_URL."
            return failure(f"{shown}: there is no such database", remedy)
        case asyncpg.TooManyConnectionsError():
            remedy = "Raise max_connections, or lower DATABASE_POOL or the number of stores."
            return failure(f"{shown} has no connection left", remedy)
    return failure(f"{shown} refuses us: {error}", "Mend what the message names.")


def _server(shown: str, facts: ServerFacts) -> Iterator[Finding]:
    if facts.major < _OLDEST:
        yield failure(f"Postgres {facts.version} is too old", f"Use {_OLDEST} or newer.")
    else:
        yield ok(f"Postgres {facts.version.split()[0]} at {shown}")
    if facts.standby:
        yield failure("it is a standby: nothing can be written", "Name its primary.")


def _connections(facts: ServerFacts, pool: int) -> Finding:
    """How many stores fit. Each has so many connections for raw statements, and for sessions."""
    most, store = facts.most, 2 * pool
    message = f"{facts.used} of {most} connections are used; a store may take {store}"
    if most < store:
        return failure(message, "Raise max_connections, or lower DATABASE_POOL.")
    if most < 2 * store:
        remedy = "Raise max_connections, or lower DATABASE_POOL: two stores do not fit."
        return warning(message, remedy)
    return ok(f"{message}, so that {most // store} stores fit")


async def _clock(connection: Any) -> list[Finding]:
    times, apart = [], 0.0
    for _ in range(_QUERIES):
        began, sent = time.monotonic(), time.time()
        [theirs] = await _CLOCK.all(connection)
        seconds = time.monotonic() - began
        times.append(seconds * 1000)
        apart = theirs.seconds - (sent + seconds / 2)
    return [_latency(median(times)), _difference(apart)]


def _latency(milliseconds: float) -> Finding:
    message = f"a statement takes {milliseconds:.1f} ms"
    if milliseconds > _SLOW:
        return warning(message, "Bring the store and Postgres nearer to each other.")
    return ok(message)


def _difference(seconds: float) -> Finding:
    if abs(seconds) > _CLOCKS_APART:
        remedy = (
            "Let both machines keep time (chrony, systemd-timesyncd): links and tokens run out."
        )
        return warning(f"the clocks are {abs(seconds):.1f} s apart", remedy)
    return ok(f"the clocks are {abs(seconds):.1f} s apart")


async def _schema(connection: Any, settings: StoreSettings, facts: ServerFacts) -> Finding:
    remedy = "Run `python -m turnstream_store migrate` before the store starts."
    if not facts.migrated:
        return failure("the database has no tables of ours", remedy)
    scripts = ScriptDirectory.from_config(alembic_config(settings))
    head, known = scripts.get_current_head(), {each.revision for each in scripts.walk_revisions()}
    try:
        found = await _REVISION.one(connection)
    except asyncpg.InsufficientPrivilegeError:
        return skipped("migrations: the store's user may not read them, only the one that migrates")
    revision = found and found.version_num
    if revision == head:
        return ok(f"migrations are at {head}, the newest")
    if revision in known:
        return failure(f"migrations are at {revision}, the newest is {head}", remedy)
    return warning(
        f"the database is at {revision}, which this release does not know",
        "It was migrated by a newer release: install that one, unless a deploy is under way.",
    )


async def _row_security(connection: Any, settings: StoreSettings, facts: ServerFacts) -> Finding:
    """What a connection of the store would find."""
    if not facts.migrated:
        return skipped("row-level security: there are no tables yet")
    security = RowSecurity(RowSecurityMode.AUTO)
    await security.enter(connection)
    if settings.row_security is RowSecurityMode.OFF or not security.in_force:
        return warning(
            "Postgres does not keep tenants apart by itself: row-level security is not in force",
            "Let the store's user into the role turnstream_data, see docs/guides/security.md.",
        )
    local = urlsplit(settings.database_url).hostname in _LOOPBACK
    if facts.superuser and not local:
        return warning(
            "the store connects as a superuser",
            "Give it a user of its own, and the superuser's to MIGRATION_DATABASE_URL alone.",
        )
    return ok("row-level security is in force")


PROBE = Probe(Kind.SERVERS, look)
