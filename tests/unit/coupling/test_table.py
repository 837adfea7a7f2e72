"""The table is complete and true, and each of its rows is taken from a real object somewhere."""

import ast

import pytest

from tests.unit.coupling.foreign import ROOT, private_uses, product_files
from tests.unit.coupling.private_names import PRIVATE_NAMES
from tests.unit.coupling.use import Use


def test_no_private_name_is_used_without_a_row() -> None:
    """A new one is a promise to keep: add a row that says what for, and a test."""
    known = {(use.file, use.name) for use in PRIVATE_NAMES}
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in product_files()
        for name in private_uses(path.read_text())
    }

    assert found <= known, (
        f"no row in tests/unit/coupling/private_names.py for {sorted(found - known)}"
    )


@pytest.mark.parametrize("use", PRIVATE_NAMES, ids=str)
def test_a_row_names_a_file_that_uses_it(use: Use) -> None:
    """When the use is gone, the row goes too."""
    assert use.name in (ROOT / use.file).read_text()


def test_every_row_has_a_test_that_takes_it() -> None:
    tests = [
        *(ROOT / "tests/unit/coupling").glob("test_*.py"),
        ROOT / "tests/integration/test_private_names.py",
    ]
    taken = {
        argument.value
        for path in tests
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "takes"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }

    assert {str(use) for use in PRIVATE_NAMES} == taken


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("thing._name", {"_name"}),
        ("from package import _name", {"_name"}),
        ("getattr(thing, '_name', None)", {"_name"}),
        ("vars(thing)['_name']", {"_name"}),
        ("from a import B\nclass C(B):\n def f(self): return self._name", {"_name"}),
        ("from a import B\nclass C(B):\n def f(self): return super()._name()", {"_name"}),
        ("from a import B\nclass C(B[int]):\n def f(self): self._own = self._own", set()),
        ("from a._b import c", {"_b"}),
        ("import a\nclass C(a.B):\n def f(self): return self._name", {"_name"}),
        ("from a import B\nclass C(B): pass\nclass D(C):\n x = lambda self: self._name", {"_name"}),
        ("from cmd import Cmd\nclass C(Cmd):\n def _help_menu(self): pass", set()),
        ("import ast\nclass C(ast.AST):\n _attributes = ()", {"_attributes"}),
        ("class _C:\n x: list['_C']", set()),
        ("class C:\n def f(self): return self._own, self.__dict__", set()),
    ],
)
def test_the_search_finds_every_way_to_a_private_name(source: str, found: set[str]) -> None:
    assert private_uses(source) == found
