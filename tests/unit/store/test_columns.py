"""The store's queries are typed: a column that does not exist fails `make check`.

mypy reads the attributes of a row's class, and no strings. So columns are named by attribute, in
whatever is read and whatever is written.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from mypy import api

T = TypeVar("T", bound=ast.AST)
STORE = Path(__file__).parents[3] / "services/store/src/turnstream_store"
MODULES = [path for path in sorted(STORE.rglob("*.py")) if "migrations" not in path.parts]

_SETS = frozenset({"values", "from_select"})
"""Methods of SQLAlchemy's whose first argument says which columns are written."""
_NAMES = frozenset({"set_", "index_elements"})
"""Arguments of SQLAlchemy's that say so."""
_ORDERS = frozenset({"order_by", "group_by"})
"""Methods that take the name of a column too."""

_QUERIES = """
import sqlalchemy as sa
from sqlmodel import select
from turnstream_store.feedback.tables import FeedbackRow
from turnstream_store.turns.tables import TurnRow

select(TurnRow.id)
select(TurnRow.nosuch)
sa.update(TurnRow).values({TurnRow.nosuch: 1})
sa.insert(TurnRow).values([{TurnRow.id: "turn", TurnRow.nosuch: 1}])
FeedbackRow(thread_id="t", item_id="i", tenantt="acme", owner="ann", kind="positive")
"""


def test_a_misspelt_column_fails_the_type_check(tmp_path: Path) -> None:
    """Each time it is misspelt, and not where it is not."""
    (tmp_path / "queries.py").write_text(_QUERIES)
    found, _, status = api.run([str(tmp_path / "queries.py")])
    errors = [line for line in found.splitlines() if "error:" in line]
    assert status == 1
    assert len(errors) == 4, found
    assert sum('"type[TurnRow]" has no attribute "nosuch"' in error for error in errors) == 3
    assert 'Unexpected keyword argument "tenantt"' in errors[-1]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(STORE).as_posix())
def test_a_module_names_columns_by_attribute(path: Path) -> None:
    """So a misspelt column in it fails the type check."""
    assert findings(path.read_text()) == []


REFUSED = {
    "insert(TurnRow).values(tenantt='acme')": "a keyword",
    "insert(TurnRow).values(**email.model_dump())": "a keyword",
    "update(TurnRow).values({'nosuch': 1})": "'nosuch'",
    "insert(TurnRow).values([{'nosuch': 1}])": "'nosuch'",
    "insert(TurnRow).values([{'nosuch': each} for each in ids])": "'nosuch'",
    "insert(TurnRow).values({**{'nosuch': 1}})": "'nosuch'",
    "insert(TurnRow).values(email.model_dump())": "email.model_dump()",
    "told = {'nosuch': 1}; insert(TurnRow).values(told)": "'nosuch'",
    "told = {}; told['nosuch'] = 1; insert(TurnRow).values(told)": "'nosuch'",
    "insert(TurnRow).values(given)": "given",
    "insert(TurnRow).from_select(['nosuch'], query)": "'nosuch'",
    "query.on_conflict_do_update(index_elements=['nosuch'], set_={})": "'nosuch'",
    "query.on_conflict_do_update(index_elements=[], set_={'nosuch': 1})": "'nosuch'",
    "TurnRow(**email.model_dump())": "a row of keywords",
    "setattr(row, name, 1)": "setattr",
    "query.where(table.c.nosuch == 1)": ".c",
    "query.where(table.c['nosuch'] == 1)": ".c",
    "query.where(table.columns.nosuch == 1)": ".columns",
    "query.where(table.columns['nosuch'] == 1)": ".columns",
    "query.filter_by(nosuch=1)": "filter_by",
    "query.order_by('nosuch')": "'nosuch'",
}
TAKEN = [
    "update(TurnRow).values({TurnRow.id: 1})",
    "insert(TurnRow).values([{col(TurnRow.id): each} for each in ids])",
    "told = {TurnRow.id: 1}; update(TurnRow).values({TurnRow.cancel: None, **told})",
    "told = {}; told[col(TurnRow.id)] = 1; update(TurnRow).values(told)",
    "rows = [{TurnRow.id: 1}]; insert(TurnRow).values(rows[0:5])",
    "unset = (TurnRow.id, TurnRow.cancel); update(TurnRow).values(dict.fromkeys(unset))",
    "insert(TurnRow).from_select([col(TurnRow.id)], query)",
    "kept = {col(TurnRow.id): 1}; insert(TurnRow).from_select([*kept], query)",
    "query.on_conflict_do_update(index_elements=[col(TurnRow.id)], set_={col(TurnRow.id): 1})",
    "counts.values()",
    "key, document = rows.columns",
    "query.order_by(*columns)",
]


@pytest.mark.parametrize("code", REFUSED)
def test_a_column_that_no_type_check_reads_is_found(code: str) -> None:
    """However it is named."""
    found = findings(f"def query(given):\n    {code}\n")
    assert [each.partition(": ")[2] for each in found] == [REFUSED[code]]


@pytest.mark.parametrize("code", TAKEN)
def test_a_column_named_by_attribute_is_taken(code: str) -> None:
    """Also by way of a variable."""
    assert findings(f"def query(given):\n    {code}\n") == []


def findings(source: str) -> list[str]:
    """What names a column in a way that no type check reads, with its line."""
    return list(_Module(ast.parse(source)).findings())


class _Module:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._parents = {c: each for each in ast.walk(tree) for c in ast.iter_child_nodes(each)}

    def findings(self) -> Iterator[str]:
        for call in _all(self._tree, ast.Call):
            for fault in self._of_call(call):
                yield f"line {call.lineno}: {fault}"
        for attribute in _all(self._tree, ast.Attribute):
            by_name = isinstance(self._parents[attribute], ast.Attribute | ast.Subscript)
            if attribute.attr == "c" or (attribute.attr == "columns" and by_name):
                yield f"line {attribute.lineno}: .{attribute.attr}"

    def _of_call(self, call: ast.Call) -> Iterator[str]:
        match call.func:
            case ast.Name(id=name) if name.endswith("Row"):
                if any(each.arg is None for each in call.keywords):
                    yield "a row of keywords"
            case ast.Name(id="setattr"):
                yield "setattr"
            case ast.Attribute(attr="filter_by"):
                yield "filter_by"
            case ast.Attribute(attr=method) if method in _SETS:
                if call.keywords:
                    yield "a keyword"
                for argument in call.args[:1]:
                    yield from self._of_columns(argument)
            case ast.Attribute(attr=method) if method in _ORDERS:
                for argument in call.args:
                    if isinstance(argument, ast.Constant):
                        yield ast.unparse(argument)
        for keyword in call.keywords:
            if keyword.arg in _NAMES:
                yield from self._of_columns(keyword.value)

    def _of_columns(self, node: ast.expr) -> Iterator[str]:
        """What is not an attribute in columns, or in the keys of values."""
        match node:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield from self._of_columns(value if key is None else key)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                for part in parts:
                    yield from self._of_columns(part)
            case ast.DictComp(key=inner) | ast.ListComp(elt=inner) | ast.Starred(value=inner):
                yield from self._of_columns(inner)
            case ast.Subscript(value=inner, slice=ast.Slice()):
                yield from self._of_columns(inner)
            case ast.Call(func=ast.Name(id="col"), args=[ast.Attribute()]) | ast.Attribute():
                pass
            case ast.Call(func=ast.Attribute(value=ast.Name(id="dict")), args=[keys_of, *_]):
                yield from self._of_columns(keys_of)
            case ast.Name() if meanings := self._meanings(node):
                for meaning in meanings:
                    yield from self._of_columns(meaning)
            case _:
                yield ast.unparse(node)

    def _meanings(self, name: ast.Name) -> list[ast.expr]:
        """What a name stands for, in its function or in the module, and the keys set in it."""
        scope: ast.AST = name
        while scope in self._parents:
            scope = self._parents[scope]
            if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
                continue
            if found := list(_assigned(scope, name.id)):
                return found
        return []


def _assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    targets = [(target, each.value) for each in _all(scope, ast.Assign) for target in each.targets]
    targets += [(each.target, each.value) for each in _all(scope, ast.AnnAssign) if each.value]
    for target, value in targets:
        match target:
            case ast.Name(id=found) if found == name:
                yield value
            case ast.Subscript(value=ast.Name(id=found), slice=key) if found == name:
                yield key


def _all(node: ast.AST, kind: type[T]) -> Iterator[T]:
    return (each for each in ast.walk(node) if isinstance(each, kind))
