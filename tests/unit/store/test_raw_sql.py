"""Raw SQL of the store is in a `Statement`, which a test prepares against the migrated schema.

SQLAlchemy composes the rest from rows, whose columns the type check reads.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

STORE = Path(__file__).parents[3] / "services/store/src/turnstream_store"
MODULES = [path for path in sorted(STORE.rglob("*.py")) if "migrations" not in path.parts]

_TEXTS = frozenset({"text", "literal_column", "column", "table", "exec_driver_sql"})
"""Of SQLAlchemy: what puts a string into a statement as it stands."""
_RUNS = frozenset({"fetch", "fetchrow", "fetchval", "execute", "executemany", "prepare"})
"""Of asyncpg: what runs a string."""
_MAKES = frozenset({"Statement", "Statement.named"})
_MAKERS = frozenset({"module", "any_of", "_answering"})
"""Where statements are made that are constants of a module."""

EXCEPTIONS = {
    "database/statements.one": "how a statement is run",
    "database/statements.all": "how a statement is run",
    "database/statements.one_within": "how a statement is run",
    # Nothing of these can be prepared: DDL is not planned, and has no parameters. Every migration
    # runs them, in the tests of migrations too.
    "database/schema/live_changes.with_brief_lock": "DDL",
    "database/schema/live_changes._run": "DDL",
    "database/schema/live_changes._beside_writes": "which DDL: the table is named when it runs",
    "database/schema/live_changes._is_broken": "which DDL, by the catalogue",
    "database/schema/note.write_note": "DDL: a comment",
    "database/data_role.prepare_data_role": "DDL: a role and its rights",
    "database/row_security._enter": "SET ROLE, which is no query",
    "database/schema/home.revision_in": "Alembic's table: no row of ours, in any schema",
}
"""By module and function: raw SQL that is in no `Statement`, and why."""


def test_only_these_have_raw_sql_outside_of_a_statement() -> None:
    """A new one is a `Statement`, or stands here with a reason; one that is gone does not."""
    found = {f"{_name(path)}.{where}" for path in MODULES for where in _raw(path.read_text(), path)}
    assert found == EXCEPTIONS.keys()


@pytest.mark.parametrize(
    "code",
    [
        "session.exec(sa.text('SELECT 1'))",
        "session.exec(text('SELECT 1'))",
        "query.where(sa.literal_column('turns.dead'))",
        "sa.select(sa.column('nosuch'))",
        "sa.select(sa.table('nosuch'))",
        "connection.exec_driver_sql('SELECT 1')",
        "await connection.fetchval('SELECT 1')",
        "await connection.execute('SELECT 1')",
        "Statement('SELECT 1', Row)",
        "Statement.named('SELECT :id', Row, ('id',))",
    ],
)
def test_raw_sql_is_found(code: str) -> None:
    """However it is run; and a statement that is no constant, which no test could prepare."""
    assert list(_raw(f"async def query():\n    {code}\n")) == ["query"]


@pytest.mark.parametrize(
    "code", ["ONE = Statement('SELECT 1', Row)", "async def run():\n    await pipeline.execute()"]
)
def test_what_is_no_raw_sql_is_left_alone(code: str) -> None:
    """A constant statement, and Redis."""
    assert list(_raw(code)) == []


def _name(path: Path) -> str:
    return path.relative_to(STORE).with_suffix("").as_posix()


def _raw(source: str, path: Path = Path("queries.py")) -> Iterator[str]:
    """The functions that have raw SQL; `module` for what stands in none.

    What `tables` say in words is DDL, which `test_migrations` compares with the schema.
    """
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else None
        name = call.func.id if isinstance(call.func, ast.Name) else name
        where = _function(call, parents)
        of_texts = name in _TEXTS and path.name != "tables.py"
        of_runs = name in _RUNS and isinstance(call.func, ast.Attribute) and bool(call.args)
        is_made = ast.unparse(call.func) in _MAKES and where not in _MAKERS
        if of_texts or of_runs or is_made:
            yield where


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return node.name
    return "module"
