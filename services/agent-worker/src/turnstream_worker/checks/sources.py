"""The source of an app: its modules as they were imported, and what their names stand for."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType

from turnstream_worker.checks.findings import Location

_MOST_FILES = 300
"""Modules of an app that are read. A larger one is looked at in part."""
_OURS = "turnstream"
Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass
class Source:
    """One module of an app."""

    module: str
    path: Path
    tree: ast.Module
    names: Mapping[str, str]
    """Local name -> what was imported under it, dotted."""
    _own: dict[int, list[ast.AST]] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the module."""
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> list[Function]:
        """Every function and method, nested ones too."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        """Every class."""
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    def own_nodes(self, scope: ast.AST) -> list[ast.AST]:
        """What runs when a function or the module runs: not the bodies of functions inside it."""
        found = self._own.get(id(scope))
        if found is None:
            found = self._own[id(scope)] = list(_own_nodes(scope))
        return found

    def at(self, node: ast.AST) -> Location:
        """The line of a node."""
        return Location(self.path, getattr(node, "lineno", 1))

    def dotted(self, node: ast.AST) -> str:
        """The full name of an expression, such as `time.sleep`; empty for anything but a name.

        A name that the module defines itself gets the module before it.
        """
        match node:
            case ast.Name(id=name):
                return self.names.get(name, f"{self.module}.{name}")
            case ast.Attribute(value=value, attr=name):
                owner = self.dotted(value)
                return f"{owner}.{name}" if owner else ""
            case _:
                return ""

    def calls(self, scope: ast.AST) -> Iterator[tuple[ast.Call, str]]:
        """The calls in a function itself, not in those defined inside it, with their full names."""
        for node in self.own_nodes(scope):
            if isinstance(node, ast.Call):
                yield node, self.dotted(node.func)


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _SCOPES):
            waiting.extend(ast.iter_child_nodes(node))


def app_sources(*module_names: str) -> list[Source]:
    """The modules of the app that these belong to, as far as they were imported."""
    found = [
        each
        for name in module_names
        if name in sys.modules
        for each in _app_modules(name)
        if each.suffix == ".py"
    ]
    found = list(dict.fromkeys(found))[:_MOST_FILES]
    names = {_file_of(module): name for name, module in list(sys.modules.items())}
    return [source for path in found if (source := read_source(path, names[path])) is not None]


def read_source(path: Path, module: str) -> Source | None:
    """A module from its file; None where it can't be read as Python."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (OSError, SyntaxError, ValueError):
        return None
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return Source(module, path, tree, dict(_imports(tree, package)))


def _app_modules(module_name: str) -> list[Path]:
    """Files beside the factory's, and all of its package; what is installed is not the app's."""
    top = module_name.partition(".")[0]
    own = _file_of(sys.modules[module_name])
    if top.startswith(_OURS) and top != "turnstream_guide":
        return [own] if own else []
    top_file = _file_of(sys.modules[top]) or own
    if top_file is None:
        return []
    root = top_file.parent.parent if top_file.name == "__init__.py" else top_file.parent
    found = []
    for name, module in sorted(sys.modules.items()):
        path, package = _file_of(module), name.partition(".")[0]
        if path is None or not path.is_relative_to(root):
            continue
        if package == top or not (package.startswith(_OURS) or _is_installed(path)):
            found.append(path)
    return list(dict.fromkeys(found))


def _is_installed(path: Path) -> bool:
    library = Path(ast.__file__).parent
    return "site-packages" in path.parts or path.is_relative_to(library)


def _file_of(module: ModuleType | None) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if isinstance(file, str) else None


def _imports(tree: ast.Module, package: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                yield each.asname or top, each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".") if node.level else []
            del parents[len(parents) - (node.level - 1) if node.level else 0 :]
            origin = ".".join([*parents, node.module] if node.module else parents)
            for each in node.names:
                yield each.asname or each.name, f"{origin}.{each.name}" if origin else each.name
