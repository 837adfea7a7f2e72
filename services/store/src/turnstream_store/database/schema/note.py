"""A note in a migrated database that tells every release whether it can use the schema.

`turnstream migrate` writes it as the comment of `alembic_version`, which every user may read. A
release that does not know the newest migrations learns from it whether they are compatible.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import orjson
import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

if TYPE_CHECKING:  # every store reads the note; only a migration needs Alembic
    from alembic.script import Script

FIRST_RELEASE = "0020"
"""The schema of the first release. No migration has to be compatible with older code."""


@dataclass(frozen=True)
class SchemaNote:
    """The revision of a schema, and the revision of the oldest release whose code works on it."""

    revision: str
    serves_from: str

    @classmethod
    def of(cls, scripts: "Iterable[Script]", revision: str) -> Self:
        """What to say after these migrations. One may raise `serves_from`, none lowers it."""
        declared = [getattr(each.module, "serves_from", "") for each in scripts]
        return cls(revision, max([*declared, min(FIRST_RELEASE, revision)]))

    @classmethod
    def parse(cls, comment: str | None) -> Self | None:
        """The note in a comment; None where nobody wrote one, as before the first release."""
        try:
            read = orjson.loads(comment or "")
            return cls(str(read["revision"]), str(read["serves_from"]))
        except (ValueError, KeyError, TypeError):
            return None

    def serves(self, head: str) -> bool:
        """Whether code that was made for the schema `head` works here."""
        return self.serves_from <= head <= self.revision

    @property
    def comment(self) -> str:
        """The note as it is written down."""
        return orjson.dumps({"revision": self.revision, "serves_from": self.serves_from}).decode()


def comment_on(versions: str) -> SelectOfScalar[str | None]:
    """The query of the comment in which the note of a schema is, by the name of its table."""
    return select(sa.func.obj_description(sa.func.to_regclass(versions), "pg_class"))


def read_note(connection: sa.Connection, schema: str) -> SchemaNote | None:
    """The note of a schema; None if it has none."""
    return SchemaNote.parse(connection.scalar(comment_on(f'"{schema}".alembic_version')))


def write_note(connection: sa.Connection, schema: str, note: SchemaNote) -> None:
    """Write a note down, if it is another one than before."""
    if read_note(connection, schema) != note:
        connection.exec_driver_sql(
            f"COMMENT ON TABLE \"{schema}\".alembic_version IS '{note.comment}'"
        )
