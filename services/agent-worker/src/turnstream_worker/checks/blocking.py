"""Calls that hold up every other turn of a worker: blocking ones in async functions.

A worker runs all its turns on one event loop. What blocks it longer than a lease makes every turn
of the worker look dead.
"""

import ast
from collections.abc import Iterable, Iterator

from turnstream_worker.checks.findings import Finding, Severity
from turnstream_worker.checks.sources import Function, Source

_HTTP = ("get", "post", "put", "patch", "delete", "head", "options", "request", "stream")
_BLOCKING = {
    "time.sleep",
    "os.system",
    "os.popen",
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.getoutput",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "socket.create_connection",
    "smtplib.SMTP",
    "smtplib.SMTP_SSL",
    "asyncio.run",
    "agents.Runner.run_sync",
    *(f"{library}.{verb}" for library in ("requests", "httpx") for verb in _HTTP),
}
_CLIENTS = {
    "openai.OpenAI",
    "openai.AzureOpenAI",
    "anthropic.Anthropic",
    "httpx.Client",
    "requests.Session",
    "requests.session",
    "sqlite3.connect",
    "psycopg.connect",
    "psycopg2.connect",
    "pymysql.connect",
    "mysql.connector.connect",
    "pymongo.MongoClient",
    "redis.Redis",
    "redis.StrictRedis",
    "redis.from_url",
    "redis.Redis.from_url",
    "boto3.client",
    "boto3.resource",
    "sqlalchemy.create_engine",
    "sqlalchemy.orm.Session",
    "sqlmodel.Session",
    "supabase.create_client",
}
"""What makes an object whose every call blocks."""
_REMEDY = "Use an async library, or call it by `await asyncio.to_thread(...)`."


def blocking_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Blocking calls in async functions, directly or by a plain function of the app."""
    sources = list(sources)
    clients = {name for source in sources for name in _clients(source)}
    blocking = _blocking_functions(sources, clients)
    for source in sources:
        for name, function in _named_functions(source):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            for call, called in _calls(source, function, name):
                if (cause := _cause(called, clients, blocking)) is not None:
                    yield Finding(
                        "blocking-call",
                        Severity.WARNING,
                        f"{function.name} blocks the worker's event loop in {cause}: all its other "
                        "turns wait.",
                        _REMEDY,
                        source.at(call),
                    )


def _clients(source: Source) -> Iterator[str]:
    """Full names of variables, and of fields of `self`, that hold a client whose calls block."""
    for name, function in [(source.module, source.tree), *_named_functions(source)]:
        for node in source.own_nodes(function):
            for target, value in _bound(node):
                if isinstance(value, ast.Call) and source.dotted(value.func) in _CLIENTS:
                    yield _resolved(source.dotted(target), name, source)


def _bound(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield target, value


def _blocking_functions(sources: list[Source], clients: set[str]) -> dict[str, str]:
    """Full name of each plain function that blocks -> in what. Found until no more are found."""
    plain = [
        (source, name, function)
        for source in sources
        for name, function in _named_functions(source)
        if isinstance(function, ast.FunctionDef) and not _is_generator(source, function)
    ]
    found: dict[str, str] = {}
    calls = [
        (name, called)
        for source, name, function in plain
        for _, called in _calls(source, function, name)
    ]
    while True:
        more = {
            name: cause
            for name, called in calls
            if name not in found and (cause := _cause(called, clients, found)) is not None
        }
        if not more:
            return found
        found |= more


def _is_generator(source: Source, function: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in source.own_nodes(function))


def _cause(called: str, clients: set[str], blocking: dict[str, str]) -> str | None:
    """What blocks in a call of this full name; None if nothing is known to."""
    if called in blocking:
        return f"{called.rpartition('.')[2]} ({blocking[called]})"
    owner = called
    while owner := owner.rpartition(".")[0]:
        if owner in clients:
            return called.removeprefix(f"{owner.rpartition('.')[0]}.")
    return called if called in _BLOCKING else None


def _named_functions(source: Source) -> Iterator[tuple[str, Function]]:
    """Functions with the full names by which they are called; methods have their class before."""
    owners = {
        id(child): f"{source.module}.{each.name}" for each in source.classes for child in each.body
    }
    for function in source.functions:
        yield f"{owners.get(id(function), source.module)}.{function.name}", function


def _calls(source: Source, function: Function, name: str) -> Iterator[tuple[ast.Call, str]]:
    for call, called in source.calls(function):
        yield call, _resolved(called, name, source)


def _resolved(called: str, inside: str, source: Source) -> str:
    """A name with `self` written out as the class whose method it is in."""
    return called.replace(f"{source.module}.self.", f"{inside.rpartition('.')[0]}.", 1)
