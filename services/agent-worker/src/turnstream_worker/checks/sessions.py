"""Memory of the Agents SDK and of model hosts that other workers, or a second attempt, don't see.

What a run does to a session is held to its attempt (`replay/sessions.py`). Where the session keeps
it is the app's choice.
"""

import ast
from collections.abc import Iterable, Iterator

from turnstream_worker.checks.findings import Finding, Severity
from turnstream_worker.checks.sources import Source

_RUNS = {"agents.Runner.run", "agents.Runner.run_streamed", "agents.Runner.run_sync"}
_AT_THE_HOST = ("conversation_id", "previous_response_id", "auto_previous_response_id")
_CHANGES = ("add_items", "pop_item", "clear_session")
_SQLITE = ("SQLiteSession", "AdvancedSQLiteSession", "AsyncSQLiteSession")


def session_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Conversations that are kept elsewhere than in the thread."""
    for source in sources:
        calls = [node for node in source.nodes if isinstance(node, ast.Call)]
        has_session = any(_makes_session(source, call) for call in calls)
        for node in calls:
            called = source.dotted(node.func)
            if has_session and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
                yield _by_hand(source, node, node.func.attr)
            if called in _RUNS:
                for each in node.keywords:
                    if each.arg in _AT_THE_HOST and not _is_none(each.value):
                        yield _at_the_host(source, node, each.arg)
            if called.startswith("agents.") and called.rpartition(".")[2] in _SQLITE:
                yield _of_one_machine(source, node)


def _at_the_host(source: Source, node: ast.AST, what: str) -> Finding:
    return Finding(
        "memory-at-the-host",
        Severity.WARNING,
        f"{what} keeps the conversation at the model's host. What a turn added there before its "
        "worker died stays, and its second attempt adds it again.",
        "Give the run the items of the thread, as simple_to_agent_input makes them, or a session.",
        source.at(node),
    )


def _makes_session(source: Source, call: ast.Call) -> bool:
    called = source.dotted(call.func)
    return called.startswith("agents.") and called.rpartition(".")[2].endswith("Session")


def _by_hand(source: Source, call: ast.Call, method: str) -> Finding:
    return Finding(
        "session-by-hand",
        Severity.WARNING,
        f"This app calls {method} of a session itself, outside a run. That is not held to the "
        "attempt: a second attempt does it again.",
        "Give the items to a run as its input, or write only what the session does not hold.",
        source.at(call),
    )


def _of_one_machine(source: Source, call: ast.Call) -> Finding:
    remedy = "Use a session in a database that all workers reach, or the items of the thread."
    if len(call.args) > 1 or any(each.arg == "db_path" for each in call.keywords):
        message = "The session is a file: workers on other machines don't see it."
        return Finding("session-in-a-file", Severity.NOTE, message, remedy, source.at(call))
    message = "The session is in memory: every worker has its own, and a crash forgets it."
    return Finding("state-in-memory", Severity.WARNING, message, remedy, source.at(call))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
