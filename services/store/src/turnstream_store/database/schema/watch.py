"""Whether the store may use the schema that it finds: a part of its readiness."""

import asyncio
from collections.abc import Callable, Coroutine
from importlib.resources import files

from sqlalchemy.exc import SQLAlchemyError
from turnstream.errors import TurnstreamError
from turnstream.telemetry import get_logger

from turnstream_store.database.pools import Database
from turnstream_store.database.schema.note import SchemaNote, comment_on

log = get_logger(__name__)

Job = Callable[[], Coroutine[object, object, None]]

_LOOK_AGAIN = 1.0
"""Seconds between two looks of a job that waits for the schema."""
_COMMENT = comment_on("alembic_version")


def newest_revision() -> str:
    """The revision that this release needs: the names of migrations begin with theirs. Alembic,
    which would know too, takes longer to import than the store takes to start.
    """
    versions = files("turnstream_store.database").joinpath("migrations", "versions")
    return max(file.name.partition("_")[0] for file in versions.iterdir() if file.name[0].isdigit())


class SchemaWatch:
    """Asks the database again at each check: a deploy migrates it while stores run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._head = newest_revision()
        self._reported = ""
        self._served = False
        self._one_looks = asyncio.Lock()

    async def serves(self) -> bool:
        """Whether the code of this release works on the schema; the log tells why not, once."""
        try:
            async with self._database.all_tenants().session() as session:
                note = SchemaNote.parse((await session.exec(_COMMENT)).one())
        except (TurnstreamError, TimeoutError, SQLAlchemyError):
            return False  # the check of Postgres itself tells
        problem = _problem(note, self._head)
        if problem and problem != self._reported:
            log.error(problem, found=note and note.revision, needed=self._head)
        self._reported = problem
        return not problem

    def then(self, job: Job) -> Coroutine[object, object, None]:
        """Run a job as soon as the schema serves: a store may start before its migration."""
        waiting = self._then(job)
        waiting.__qualname__ = job.__qualname__  # type: ignore[attr-defined]  # told in the log
        return waiting

    async def _then(self, job: Job) -> None:
        async with self._one_looks:  # the others begin when it is done
            while not self._served:
                self._served = await self.serves()
                await asyncio.sleep(0 if self._served else _LOOK_AGAIN)
        await job()


def _problem(note: SchemaNote | None, head: str) -> str:
    if note is None or note.revision < head:
        return "not ready: the database is older than this release; run `turnstream migrate`"
    if not note.serves(head):
        return "not ready: the database is newer and serves newer releases only; install one"
    return ""
