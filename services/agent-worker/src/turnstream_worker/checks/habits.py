"""Habits of apps that were written for one process: side tasks, local times, settings, contexts."""

import ast
from collections.abc import Iterable, Iterator, Set

from turnstream.contracts.turns import RequestContext

from turnstream_worker.checks.findings import Finding, Severity
from turnstream_worker.checks.sources import Function, Source

_TASKS = ("asyncio.create_task", "asyncio.ensure_future")
_NAIVE = {"datetime.datetime.utcnow", "datetime.datetime.utcfromtimestamp"}
_ZONED = {"datetime.datetime.now": 1, "datetime.datetime.fromtimestamp": 2}
"""Naive with fewer arguments than that."""
_SERVERS_OF_ROUTES = ("fastapi.FastAPI", "fastapi.APIRouter", "starlette.applications.Starlette")
_KNOWN = frozenset(RequestContext.model_fields) | {
    name for name in dir(RequestContext) if not name.startswith("_")
}


def task_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Tasks that an async function begins and does not wait for."""
    for source in sources:
        for function in source.functions:
            if isinstance(function, ast.AsyncFunctionDef):
                for call in _forgotten(source, function):
                    yield Finding(
                        "task-not-awaited",
                        Severity.NOTE,
                        f"{function.name} begins a task and does not wait for it. Its turn waits "
                        "for TASK_TIMEOUT; what the task writes afterwards is refused.",
                        "Await it before the function returns.",
                        source.at(call),
                    )


def time_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Times without a zone."""
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.Call) and _is_naive(source, node):
                yield Finding(
                    "naive-time",
                    Severity.NOTE,
                    "A time without a zone. Workers run in UTC, and items have such times; "
                    "comparing one with a time that has a zone raises TypeError.",
                    "Keep it for created_at of items; write datetime.now(UTC) anywhere else.",
                    source.at(node),
                )


def setting_findings(sources: Iterable[Source], ours: Set[str]) -> Iterator[Finding]:
    """Environment variables of the app's own that are settings of Turnstream too."""
    for source in sources:
        for node in source.nodes:
            for name in _variables(source, node):
                if name in ours:
                    yield Finding(
                        "shared-setting",
                        Severity.NOTE,
                        f"The app reads {name}, which is a setting of Turnstream too.",
                        f"Where they differ, set TURNSTREAM_{name} for Turnstream.",
                        source.at(node),
                    )


def context_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Uses of the context that a `RequestContext` does not have; for apps without `context`."""
    for source in sources:
        for node in source.nodes:
            used = _used_of_context(node)
            if used is not None and used not in _KNOWN:
                yield Finding(
                    "context",
                    Severity.WARNING,
                    f"The context is used for {used!r}, and a RequestContext has no such thing. "
                    "Inside a tool the SDK tells the model of the error, and nobody else.",
                    "Return App(server, context) from the factory; context(request) makes what the "
                    "app was written for.",
                    source.at(node),
                )


def route_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Web applications: a worker serves no routes of an app."""
    for source in sources:
        for node in source.own_nodes(source.tree):
            if isinstance(node, ast.Call) and source.dotted(node.func) in _SERVERS_OF_ROUTES:
                yield Finding(
                    "own-routes",
                    Severity.NOTE,
                    "Routes of the app are not served by a worker.",
                    "Serve them by a process of their own; what they share with turns belongs into "
                    "a database.",
                    source.at(node),
                )


def _forgotten(source: Source, function: Function) -> Iterator[ast.Call]:
    nodes = list(source.own_nodes(function))
    calls = {
        id(node): node
        for node in nodes
        if isinstance(node, ast.Call) and source.dotted(node.func) in _TASKS
    }
    waited = {
        each.id
        for node in nodes
        if isinstance(node, ast.Await | ast.Return | ast.AsyncFor)
        for each in ast.walk(node)
        if isinstance(each, ast.Name)
    }
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Call() as call) if id(call) in calls:
                yield call
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                if id(call) in calls and name not in waited:
                    yield call


def _is_naive(source: Source, call: ast.Call) -> bool:
    made = source.dotted(call.func)
    if made in _NAIVE:
        return True
    given = len(call.args) + sum(each.arg == "tz" for each in call.keywords)
    return given < _ZONED.get(made, 0)


def _variables(source: Source, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
            if source.dotted(func) in ("os.getenv", "os.environ.get", "os.environ.pop"):
                yield name
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
            if source.dotted(value) == "os.environ":
                yield name
        case ast.ClassDef(bases=bases, body=body):
            if any(ast.unparse(base).endswith("BaseSettings") for base in bases):
                yield from (
                    each.target.id.upper()
                    for each in body
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
                )


def _used_of_context(node: ast.AST) -> str | None:
    """The key or the field of a request's context that an expression asks for."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
            return name if _is_context(value) else None
        case ast.Call(
            func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=str(name)), *_]
        ):
            return name if _is_context(value) else None
        case ast.Attribute(value=ast.Attribute(attr="request_context"), attr=name):
            return name if name != "get" else None
        case _:
            return None


def _is_context(value: ast.expr) -> bool:
    match value:
        case ast.Attribute(attr="request_context"):
            return True
        case ast.Name(id="context"):
            return True
        case _:
            return False
