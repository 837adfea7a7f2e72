"""Memory of the Agents SDK and of model hosts that stands outside the journal."""

import ast
from collections.abc import Iterable, Iterator

from turnstream_worker.checks.findings import Finding, Gravity
from turnstream_worker.checks.sources import Source

_RUNS = {"agents.Runner.run", "agents.Runner.run_streamed", "agents.Runner.run_sync"}
_AT_THE_HOST = ("conversation_id", "previous_response_id", "auto_previous_response_id")
_BY_THE_HOST = {"agents.OpenAIConversationsSession", "agents.memory.OpenAIConversationsSession"}


def session_findings(sources: Iterable[Source]) -> Iterator[Finding]:
    """Conversations that are kept elsewhere than in the thread."""
    for source in sources:
        for node in source.nodes:
            if not isinstance(node, ast.Call):
                continue
            called = source.dotted(node.func)
            if called in _BY_THE_HOST:
                yield _at_the_host(source, node, called.rpartition(".")[2])
            if called in _RUNS:
                for each in node.keywords:
                    if each.arg in _AT_THE_HOST and not _is_none(each.value):
                        yield _at_the_host(source, node, each.arg)


def _at_the_host(source: Source, node: ast.AST, what: str) -> Finding:
    return Finding(
        "memory-at-the-host",
        Gravity.WARNING,
        f"{what} keeps the conversation at the model's host. What a turn added there before its "
        "worker died stays, and its second attempt adds it again.",
        "Give the run the items of the thread, as simple_to_agent_input makes them.",
        source.at(node),
    )


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
