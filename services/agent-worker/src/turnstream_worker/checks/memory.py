"""State that an app keeps in memory: each worker has its own, and a crash forgets it."""

import ast
from collections.abc import Iterable, Iterator

from turnstream_worker.checks.findings import Finding, Severity
from turnstream_worker.checks.sources import Function, Source

_CONTAINERS = {
    "dict",
    "list",
    "set",
    "collections.defaultdict",
    "collections.OrderedDict",
    "collections.deque",
    "collections.Counter",
}
_CHANGES = {
    "add",
    "append",
    "appendleft",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "setdefault",
    "sort",
    "subtract",
    "update",
}
"""Methods of containers that change them."""
_SERVER = "ChatKitServer"


def memory_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Variables of modules and fields of servers that turns change."""
    sources = list(sources)
    stateful = {
        f"{source.module}.{each.name}"
        for source in sources
        for each in source.classes
        if not _is_server(each) and _changed_fields(source, each)
    }
    changed = {name for source in sources for name in _changed(source)}
    for source in sources:
        yield from _variables(source, changed, stateful)
        for each in source.classes:
            if _is_server(each):
                yield from _fields(source, each, stateful)


def _variables(source: Source, changed: set[str], stateful: set[str]) -> Iterator[Finding]:
    """Containers that some function of the app changes, and objects that change themselves."""
    for name, node, value in _assigned(source.own_nodes(source.tree)):
        if "task" in name.lower():
            continue  # `background_tasks`: it keeps tasks from being collected
        full = f"{source.module}.{name}"
        if _is_container(source, value) and full in changed:
            yield _finding(source, node, f"{name} is changed while turns run")
        elif isinstance(value, ast.Call) and source.dotted(value.func) in stateful:
            yield _finding(source, node, f"{name} keeps what turns change in it")


def _fields(source: Source, server: ast.ClassDef, stateful: set[str]) -> Iterator[Finding]:
    changed = _changed_fields(source, server)
    for function in _methods(server):
        for node in source.own_nodes(function):
            for field, value in _assigned_fields(node):
                made = source.dotted(value.func) if isinstance(value, ast.Call) else ""
                if field in ("", "store"):  # whose store it asks is told by another rule
                    continue
                if (field in changed and _is_container(source, value)) or made in stateful:
                    yield _finding(source, node, f"{server.name}.{field} is changed by turns")


def _finding(source: Source, node: ast.AST, what: str) -> Finding:
    return Finding(
        "state-in-memory",
        Severity.WARNING,
        f"{what}: every worker has its own, and the next turn may run in another one.",
        "Keep it in a database or in thread.metadata; with WORKERS=1 it lives until the worker "
        "ends.",
        source.at(node),
    )


def _is_server(node: ast.ClassDef) -> bool:
    return any(_SERVER in ast.unparse(base) for base in node.bases)


def _methods(node: ast.ClassDef) -> list[Function]:
    return [each for each in node.body if isinstance(each, Function)]


def _changed_fields(source: Source, node: ast.ClassDef) -> set[str]:
    """Fields of `self` that a method changes or assigns, other than those that construct it."""
    constructing = _constructing(source, node)
    return {
        _field(target)
        for method in _methods(node)
        if method.name not in constructing
        for inner in source.own_nodes(method)
        for target in _targets(inner)
    } - {""}


def _constructing(source: Source, node: ast.ClassDef) -> set[str]:
    """Names of the constructor and of the methods that it calls."""
    found = {"__init__", "__post_init__", "__new__"}
    for method in _methods(node):
        if method.name in found:
            for _, called in source.calls(method):
                found.add(called.removeprefix(f"{source.module}.self."))
    return found


def _field(target: ast.expr) -> str:
    match target:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _field(inner)
        case _:
            return ""


def _changed(source: Source) -> set[str]:
    """Full names of variables that functions of a module change."""
    found = set()
    for function in source.functions:
        shared = {
            name
            for node in source.own_nodes(function)
            if isinstance(node, ast.Global)
            for name in node.names
        }
        local = {name for name, _, _ in _assigned(source.own_nodes(function))} - shared
        for node in source.own_nodes(function):
            for target in _targets(node):
                root = target
                while isinstance(root, ast.Subscript):
                    root = root.value
                plain = isinstance(target, ast.Name)
                name = root.id if isinstance(root, ast.Name) else ""
                if name not in local and (not plain or name in shared):
                    found.add(source.dotted(root))
    return found


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    """What a statement or a call changes."""
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            yield from targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
            yield target
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _CHANGES:
            yield ast.Subscript(value=value, slice=ast.Constant(None), ctx=ast.Load())


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST, ast.expr]]:
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, node, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, node, value


def _assigned_fields(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[target], value=value):
            yield _field(target), value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield _field(target), value


def _is_container(source: Source, value: ast.expr) -> bool:
    if isinstance(value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp):
        return True
    if not isinstance(value, ast.Call):
        return False
    made = source.dotted(value.func)
    return made in _CONTAINERS or made.removeprefix(f"{source.module}.") in _CONTAINERS
