"""Finds private names of other packages in the product's source."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = ("shared/src", "services", "guide/src")
DOCUMENTED = {"_asdict", "_fields", "_make", "_replace"}
"""Of named tuples, which keep the plain names for their fields."""


def product_files() -> Iterator[Path]:
    """Every module of the product."""
    for source in SOURCES:
        yield from sorted((ROOT / source).rglob("*.py"))


def private_uses(source: str) -> set[str]:
    """Names with an underscore that this source takes of objects which are not its own.

    Found are `thing._name`, `from package import _name`, `getattr(thing, "_name")` and its
    siblings, `vars(thing)["_name"]`, and `self._name` of a foreign base class.
    """
    tree = ast.parse(source)
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case ast.Attribute(attr=name):
                found.add(name)
            case ast.ImportFrom(names=names):
                found.update(each.name for each in names)
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr"),
                args=[_, ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                found.add(name)
            case ast.ClassDef():
                found |= _inherited(node, _foreign_names(tree))
    found -= DOCUMENTED | {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    return {name for name in found if name.startswith("_") and not name.startswith("__")}


def _foreign_names(tree: ast.Module) -> set[str]:
    return {
        each.asname or each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("turnstream")
        for each in node.names
    }


def _inherited(node: ast.ClassDef, foreign: set[str]) -> set[str]:
    """What a class with a foreign base reads of itself and does not set, or calls on `super()`."""
    if not any(ast.unparse(base).split("[")[0] in foreign for base in node.bases):
        return set()
    own = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    mine = [each for each in own if ast.unparse(each.value) == "self"]
    read = {each.attr for each in mine if isinstance(each.ctx, ast.Load)}
    made = {each.attr for each in mine if isinstance(each.ctx, ast.Store)}
    made |= {
        each.name
        for each in node.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    made |= {
        each.target.id
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    return read - made
