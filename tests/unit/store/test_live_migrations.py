"""Migrations that run beside services lock no table for longer than a moment.

From 0013 on they must: it is the first that was written for a system that people use, together with
the helpers of `live_changes`. Those before make the tables of a new database.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T", bound=ast.AST)
ROOT = Path(__file__).parents[3]
VERSIONS = ROOT / "services/store/src/turnstream_store/database/migrations/versions"
FIRST = "0013"
LIVE = [path for path in sorted(VERSIONS.glob("[0-9]*.py")) if path.stem[:4] >= FIRST]

HELPERS = frozenset({"add_index", "drop_index", "with_brief_lock"})
"""Of `turnstream_store.database.schema.live_changes`: they wait for no lock, and hold none."""
HARMLESS = frozenset({"create_table", "drop_table", "get_bind", "get_context", "f"})
"""Of Alembic: what has no rows yet, or nobody reads any more."""
_LOCKS = re.compile(
    r"^\s*(ALTER\s+TABLE|(CREATE|DROP)\s+(UNIQUE\s+)?INDEX|REINDEX|LOCK|TRUNCATE|CLUSTER|VACUUM"
    r"|CREATE\s+(OR\s+REPLACE\s+)?TRIGGER|DROP\s+TRIGGER|UPDATE|DELETE|INSERT"
    r"|ALTER\s+TYPE|REFRESH)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""Statements that lock a table, or as many rows as it has."""
_MADE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")


def findings(source: str) -> list[str]:
    """What a migration does to tables that others use, and not by the helpers."""
    return list(_Migration(ast.parse(source)).findings())


class _Migration:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._parents = {c: each for each in ast.walk(tree) for c in ast.iter_child_nodes(each)}
        self._own = {text for call in self._calls("create_table") for text in self._first(call)}
        self._own |= {table for text in self._texts(tree) for table in _MADE.findall(text)}
        """Tables that this migration makes: nobody uses them yet."""

    def findings(self) -> Iterator[str]:
        patient = {id(each) for block in self._autocommit_blocks() for each in ast.walk(block)}
        for call in _all(self._tree, ast.Call):
            name = _name(call)
            if isinstance(call.func, ast.Name) and name in HELPERS:
                if id(call) not in patient:
                    yield f"line {call.lineno}: {name} outside of an autocommit_block"
            elif name in ("execute", "exec_driver_sql", "scalar"):
                yield from self._of_statement(call)
            elif _is_of_alembic(call) and name not in HARMLESS and not self._is_on_own(call):
                yield f"line {call.lineno}: op.{name} on a table that others use"

    def _of_statement(self, call: ast.Call) -> Iterator[str]:
        for text in self._texts(call):
            if locks := _LOCKS.search(text):
                yield f"line {call.lineno}: {locks[0].strip()} by op.execute"
        for protection in _all(call, ast.Call):
            if _name(protection) != "protection":
                continue
            foreign = set(self._first(protection)) - self._own
            if foreign:
                yield f"line {call.lineno}: protection of {', '.join(sorted(foreign))}"

    def _is_on_own(self, call: ast.Call) -> bool:
        """Whether a call names tables of this migration alone; the second argument of an index."""
        place = 1 if (_name(call) or "").endswith(("index", "constraint")) else 0
        named = [each.value for each in call.keywords if each.arg == "table_name"]
        arguments = named or call.args[place : place + 1]
        tables = {text for each in arguments for text in self._texts(each)}
        return bool(tables) and tables <= self._own

    def _first(self, call: ast.Call) -> Iterator[str]:
        yield from self._texts(call.args[0])

    def _texts(self, node: ast.AST, within: frozenset[ast.AST] = frozenset()) -> Iterator[str]:
        """The strings that may be in an expression, with all that its names may stand for."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        children = (
            self._meanings(node) if isinstance(node, ast.Name) else ast.iter_child_nodes(node)
        )
        for child in children:
            if child not in within:  # a name may be assigned what it was before, and more
                yield from self._texts(child, within | {child})

    def _meanings(self, name: ast.Name) -> list[ast.expr]:
        """What a name stands for: in the next loop around it, in its function, or in the file."""
        scope: ast.AST = name
        while scope in self._parents:
            scope = self._parents[scope]
            if isinstance(scope, ast.For) and name.id in _names(scope.target):
                return [scope.iter]
            if found := [*self._given(scope, name.id), *_assigned(scope, name.id)]:
                return found
        return []

    def _given(self, function: ast.AST, parameter: str) -> Iterator[ast.expr]:
        """What the calls of a function give for a parameter by its place."""
        if isinstance(function, ast.FunctionDef):
            names = [each.arg for each in function.args.args]
            place = names.index(parameter) if parameter in names else len(names)
            for call in self._calls(function.name):
                yield from call.args[place : place + 1]

    def _calls(self, name: str) -> Iterator[ast.Call]:
        return (call for call in _all(self._tree, ast.Call) if _name(call) == name)

    def _autocommit_blocks(self) -> Iterator[ast.With]:
        for block in _all(self._tree, ast.With):
            calls = (each.context_expr for each in block.items)
            if any(isinstance(c, ast.Call) and _name(c) == "autocommit_block" for c in calls):
                yield block


def _assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    if not isinstance(scope, ast.FunctionDef | ast.Module):
        return
    for each in _all(scope, ast.Assign):
        if any(name in _names(target) for target in each.targets):
            yield each.value


def _names(target: ast.AST) -> set[str]:
    return {each.id for each in _all(target, ast.Name)}


def _all(node: ast.AST, kind: type[T]) -> Iterator[T]:
    return (each for each in ast.walk(node) if isinstance(each, kind))


def _name(call: ast.Call) -> str | None:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def _is_of_alembic(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id="op")):
            return True
    return False


@pytest.mark.parametrize("path", LIVE, ids=lambda path: path.stem)
def test_a_migration_locks_nobody_out(path: Path) -> None:
    """A report that reads a table must not make everybody wait behind an ALTER TABLE."""
    assert findings(path.read_text()) == [], (
        f"{path.name}: use turnstream_store.database.schema.live_changes"
    )


def test_there_are_such_migrations() -> None:
    """The first one is where it is looked for."""
    assert LIVE[0].stem == "0013_turns_of_thread"


REFUSED = {
    'op.add_column("turns", sa.Column("x", sa.Text))': "op.add_column on a table that others use",
    'op.create_index("i", "turns", ["x"])': "op.create_index on a table that others use",
    'op.drop_index("i", table_name="turns")': "op.drop_index on a table that others use",
    'op.alter_column("items", "x", nullable=False)': "op.alter_column on a table that others use",
    'op.create_foreign_key("f", "items", "turns", ["a"], ["b"])': "create_foreign_key on a table",
    'op.execute("ALTER TABLE turns ADD COLUMN x text")': "ALTER TABLE by op.execute",
    'op.execute(f"alter table {TABLE} add column x text")': "alter table by op.execute",
    'op.execute("CREATE UNIQUE INDEX i ON turns (x)")': "CREATE UNIQUE INDEX by op.execute",
    'op.get_bind().execute(sa.text("UPDATE turns SET x = 1"))': "UPDATE by op.execute",
    "op.execute(SQL)": "DELETE by op.execute",
    'op.execute(in_one_statement(protection("turns")))': "protection of turns",
    'add_index("turns", "i", "x")': "add_index outside of an autocommit_block",
    'with_brief_lock("ALTER TABLE turns ADD COLUMN x text")': "with_brief_lock outside",
}
TAKEN = [
    'op.create_table("new", sa.Column("id", sa.Text)); op.create_index("i", "new", ["id"])',
    'op.create_table("new"); op.execute(in_one_statement(protection("new")))',
    'op.execute("CREATE OR REPLACE FUNCTION f() RETURNS trigger AS $$ BEGIN END $$")',
    'op.drop_table("new")',
    'with op.get_context().autocommit_block(): add_index("turns", "i", "x")',
]


def _migration(line: str) -> str:
    return f'TABLE = "turns"\nSQL = "DELETE FROM turns"\ndef upgrade():\n    {line}\n'


@pytest.mark.parametrize("line", REFUSED)
def test_a_change_that_locks_is_found(line: str) -> None:
    """However it is written."""
    assert any(REFUSED[line] in each for each in findings(_migration(line)))


@pytest.mark.parametrize("line", TAKEN)
def test_a_change_that_nobody_waits_for_is_taken(line: str) -> None:
    """New tables, functions, and what the helpers do."""
    assert findings(_migration(line)) == []
