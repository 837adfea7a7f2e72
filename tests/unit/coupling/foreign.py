"""Finds private names of other packages in the product's source."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

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

    Found are `thing._name`, `from package import _name`, `from package._name import thing`,
    `getattr(thing, "_name")` and its siblings, `vars(thing)["_name"]`, and of a class with a
    foreign base, directly or through a class of the same module: `self._name`, and a method or
    attribute `_name` that overrides the base's.
    """
    tree = ast.parse(source)
    foreign = _foreign_names(tree)
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case ast.Attribute(attr=name):
                found.add(name)
            case ast.ImportFrom(names=names, module=module):
                found.update(each.name for each in names)
                if _is_foreign(module):
                    found.update((module or "").split("."))
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr"),
                args=[_, ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                found.add(name)
            case ast.ClassDef():
                found |= _inherited(node, tree, foreign)
    found -= DOCUMENTED | {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    return {name for name in found if name.startswith("_") and not name.startswith("__")}


def _is_foreign(module: str | None) -> bool:
    return not (module or "").startswith(("turnstream", "_"))


def _foreign_names(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """What the module imports of others: a name in it to the module and the name there."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_foreign(node.module):
            for each in node.names:
                found[each.asname or each.name] = (node.module or "", each.name)
        if isinstance(node, ast.Import):
            for each in node.names:
                if _is_foreign(each.name):
                    found[each.asname or each.name] = (each.name, "")
    return found


def _foreign_bases(
    node: ast.ClassDef, tree: ast.Module, foreign: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The foreign classes under a class, each as its module and name."""
    here = {each.name: each for each in tree.body if isinstance(each, ast.ClassDef)}
    for base in node.bases:
        name = ast.unparse(base).split("[")[0]
        package, _, attribute = name.rpartition(".")
        if name in here and here[name] is not node:
            yield from _foreign_bases(here[name], tree, foreign)
        elif name in foreign:
            yield foreign[name]
        elif package in foreign:
            yield foreign[package][0], attribute


def _inherited(
    node: ast.ClassDef, tree: ast.Module, foreign: dict[str, tuple[str, str]]
) -> set[str]:
    """What a class with a foreign base reads of itself and does not set, calls on `super()`, or
    overrides.
    """
    bases = list(_foreign_bases(node, tree, foreign))
    if not bases:
        return set()
    lineage = list(_lineage(node, tree))
    own = [each for level in lineage for each in ast.walk(level) if isinstance(each, ast.Attribute)]
    mine = [each for each in own if ast.unparse(each.value) == "self"]
    read = {each.attr for each in mine if isinstance(each.ctx, ast.Load)}
    made = {each.attr for each in mine if isinstance(each.ctx, ast.Store)}
    made |= {name for level in lineage for name in _defined(level)}
    return (read - made) | {
        name for name in _defined(node) for base in bases if hasattr(_taken(*base), name)
    }


def _lineage(node: ast.ClassDef, tree: ast.Module) -> Iterator[ast.ClassDef]:
    """A class, and those of its module that it is made of."""
    yield node
    for each in tree.body:
        if isinstance(each, ast.ClassDef) and each.name in map(ast.unparse, node.bases):
            yield from _lineage(each, tree)


def _defined(node: ast.ClassDef) -> set[str]:
    """The names that the body of a class gives a value."""
    defined = set()
    for each in node.body:
        match each:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                defined.add(name)
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                defined.add(name)
            case ast.Assign(targets=targets):
                defined.update(each.id for each in targets if isinstance(each, ast.Name))
    return defined


def _taken(module: str, name: str) -> Any:
    """A class of another package; None where it is not installed here."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None
