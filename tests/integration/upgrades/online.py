"""What migrations really send to Postgres, and which of it is not online.

The statements are those of a run on the first release's rows: offline SQL would show neither what
a migration asks the database nor that an index of a table with rows is built `CONCURRENTLY`.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

_SQUAWK = Path(sys.executable).with_name("squawk")
_OLDEST_POSTGRES = "15"
_LEFT_OUT = (
    "prefer-bigint-over-int",  # style
    "prefer-identity",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "prefer-bigint-over-smallint",
    "prefer-robust-stmts",  # held below: what is not in a transaction says IF (NOT) EXISTS
    "require-statement-timeout",  # an index may take its time to be built
    "require-lock-timeout",  # held below: at each statement that takes a lock
)
CONTRACTS = frozenset({"ban-drop-column", "ban-drop-table", "renaming-column", "renaming-table"})
"""What the release before still reads: it waits for a migration that says `serves_from`."""
_LOCKS = re.compile(
    r"^\s*(ALTER TABLE|DROP (TABLE|TRIGGER)|CREATE (OR REPLACE )?TRIGGER)", re.IGNORECASE
)
_CHANGES = re.compile(r"^\s*(WITH\b.*\b)?(UPDATE|DELETE FROM)\s", re.IGNORECASE | re.DOTALL)
_BOUNDED = re.compile(r"\bLIMIT\b|\b= ANY\b|\bBETWEEN\b", re.IGNORECASE)
_NEW = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
_TABLE = re.compile(r"\b(?:TABLE|ON)\s+(?:IF (?:NOT )?EXISTS\s+)?\"?(\w+)", re.IGNORECASE)
_DDL = re.compile(r"\s*(CREATE|ALTER|DROP)\b", re.IGNORECASE)
_REPEATABLE = re.compile(r"\bIF (NOT )?EXISTS\b|\bOR REPLACE\b", re.IGNORECASE)
_OWN = re.compile(r"^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\S*alembic_version", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """One statement of a migration."""

    sql: str
    in_transaction: bool


@dataclass(frozen=True)
class Fault:
    """A statement that holds services up, or that the release before cannot live with."""

    rule: str
    sql: str
    why: str


class Recorder:
    """Keeps what a migration sends, by its revision: enter it around `command.upgrade`."""

    def __init__(self) -> None:
        self.sent: defaultdict[str, list[Statement]] = defaultdict(list)
        self.revision = ""

    def __enter__(self) -> "Recorder":
        event.listen(Engine, "before_cursor_execute", self._keep)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._keep)

    def _keep(self, connection: sa.Connection, _cursor: Any, sql: str, *_rest: Any) -> None:
        level = connection.get_execution_options().get("isolation_level")
        self.sent[self.revision].append(Statement(sql, level != "AUTOCOMMIT"))


def faults(statements: Sequence[Statement]) -> Iterator[Fault]:
    """What is not online in the statements of one migration."""
    ours = [each for each in statements if not _OWN.match(each.sql)]
    yield from _by_squawk(ours)
    new = {name for each in ours for name in _NEW.findall(each.sql)}
    patient = False
    for each in ours:
        if "lock_timeout" in each.sql:
            patient = not each.sql.upper().startswith("RESET")
        table = _TABLE.search(each.sql)
        is_old = table is not None and table[1] not in new
        if _LOCKS.match(each.sql) and is_old and not patient:
            yield Fault("lock-timeout", each.sql, "use live_changes.with_brief_lock")
        if _CHANGES.match(each.sql) and not _BOUNDED.search(each.sql):
            yield Fault("unbounded-change", each.sql, "change rows in batches, each committed")
        if not each.in_transaction and _DDL.match(each.sql) and not _REPEATABLE.search(each.sql):
            yield Fault("not-repeatable", each.sql, "an interrupted migration begins again")


def _by_squawk(statements: Sequence[Statement]) -> Iterator[Fault]:
    """Squawk's findings. What runs outside a transaction is shown to it without one."""
    lines: list[str] = []
    inside = False
    for each in statements:
        if each.in_transaction != inside:
            lines.append("BEGIN;" if each.in_transaction else "COMMIT;")
            inside = each.in_transaction
        lines.append(" ".join(each.sql.split()).rstrip(";") + ";")
    if inside:
        lines.append("COMMIT;")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write("\n".join(lines))
        file.flush()
        how = [f"--exclude={','.join(_LEFT_OUT)}", f"--pg-version={_OLDEST_POSTGRES}"]
        asked = [str(_SQUAWK), "--reporter=json", *how, file.name]
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
    for each in json.loads(found.stdout):
        yield Fault(each["rule_name"], lines[each["line"]], each["message"])
