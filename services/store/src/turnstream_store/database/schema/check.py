"""What a release would have to do to a database: the answer of `turnstream migrate --check`."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from turnstream_store.database.address import address
from turnstream_store.database.schema.home import home, revision_in
from turnstream_store.database.schema.note import SchemaNote, read_note


class SchemaState(IntEnum):
    """What a deploy has to do. The number is the exit status, which no other failure has."""

    CURRENT = 0
    PENDING = 10
    PENDING_OFFLINE = 11
    NEWER = 12
    TOO_NEW = 13


@dataclass(frozen=True)
class Pending:
    """A migration that would run."""

    revision: str
    title: str
    offline: str | None
    """Why services have to stop for it; None when they go on beside it."""

    @classmethod
    def of(cls, script: Script) -> "Pending":
        """What a migration says of itself."""
        return cls(script.revision, script.doc, getattr(script.module, "offline", None))


@dataclass(frozen=True)
class SchemaCheck:
    """A database beside this release."""

    where: str
    """The Postgres schema of the tables, or the one that they would be in."""
    revision: str | None
    """The database's; None if there are no tables yet."""
    head: str
    """This release's."""
    pending: Sequence[Pending] = ()
    note: SchemaNote | None = None

    @property
    def state(self) -> SchemaState:
        """What a deploy has to do."""
        if self.pending:
            offline = self.revision is not None and any(each.offline for each in self.pending)
            return SchemaState.PENDING_OFFLINE if offline else SchemaState.PENDING
        if self.revision == self.head:
            return SchemaState.CURRENT
        serves = self.note is not None and self.note.serves(self.head)
        return SchemaState.NEWER if serves else SchemaState.TOO_NEW

    def lines(self) -> Iterator[str]:
        """The same for people."""
        at = "has no tables of ours yet" if self.revision is None else f"is at {self.revision}"
        yield f"The database (schema {self.where}) {at}; this release needs {self.head}."
        for each in self.pending:
            how = f"not online: {each.offline}" if each.offline else "online"
            yield f"  {each.revision}  {each.title}  [{how}]"
        yield f"{_ADVICE[self.state]} (exit status {self.state.value})"


_ADVICE = {
    SchemaState.CURRENT: "Nothing to do.",
    SchemaState.PENDING: "Pending: run `turnstream migrate` before services of this release start."
    " Services of the release before go on beside it.",
    SchemaState.PENDING_OFFLINE: "Pending, and not all of it is online: stop the services, run"
    " `turnstream migrate`, start this release.",
    SchemaState.NEWER: "The database is newer than this release, and still serves it: nothing to"
    " do, also for going back to this release. Nothing is ever migrated backwards.",
    SchemaState.TOO_NEW: "The database is newer than this release and does not serve it any more:"
    " install the release that migrated it, or one in between.",
}


def check_schema(config: Config) -> SchemaCheck:
    """Look at the database of a configuration, and change nothing."""
    return asyncio.run(_check(config))


async def _check(config: Config) -> SchemaCheck:
    url, arguments = address(config.attributes["database_url"])
    engine = create_async_engine(url, connect_args=arguments)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_compare, config)
    finally:
        await engine.dispose()


def _compare(connection: sa.Connection, config: Config) -> SchemaCheck:
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    head, schema = scripts.get_current_head() or "", config.attributes["schema"]
    where = home(connection, schema, known)
    revision = revision_in(connection, where) if where else None
    if where and revision and revision not in known:
        return SchemaCheck(where, revision, head, note=read_note(connection, where))
    ahead = reversed(list(scripts.iterate_revisions(head, revision or "base")))
    return SchemaCheck(where or schema, revision, head, [Pending.of(each) for each in ahead])
