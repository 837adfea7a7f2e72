"""The suites of both backings call each method that the store client and the event log promise."""

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import get_type_hints

from turnstream.redis.event_log import EventLog
from turnstream.store_client import StoreClient

TESTS = Path(__file__).parents[2]
SUITE = (*TESTS.glob("integration/store_client/**/*.py"), TESTS / "support/turns.py")
"""Its files, and the helpers that nearly all of them use."""


def promised() -> set[str]:
    """The interface, as `noun.method`."""
    nouns = get_type_hints(StoreClient).items()
    return {f"{noun}.{name}" for noun, kind in nouns for name in methods(kind)}


def methods(kind: type) -> set[str]:
    """Its public methods."""
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"}


def called(sources: Iterable[str]) -> set[str]:
    """What is called on a noun by its name: `client.turns.accept(...)` is `turns.accept`. The log's
    noun is `log`.
    """
    found = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                match node.func.value:
                    case ast.Attribute(attr=noun) | ast.Name(id="log" as noun):
                        found.add(f"{noun}.{node.func.attr}")
    return found


def test_no_method_of_the_interface_is_left_out() -> None:
    """A method that no test calls may do something else in memory, and nobody would know."""
    left_out = promised() - called(path.read_text() for path in SUITE)
    assert not left_out, f"no test in tests/integration/store_client calls {sorted(left_out)}"


def test_a_method_that_nobody_calls_is_named() -> None:
    """One that is mentioned, or that something else calls by the same name, is not called."""
    source = "async def test(client): client.turns.accept; other.accept(); client.turns.show('t')"
    assert called([source]) == {"turns.show"}
    assert {"turns.accept", "schedules.occurrences"} <= promised() - called([source])


def test_no_method_of_the_event_log_is_left_out() -> None:
    """Logs in memory are for tests of apps, which rely on what the real ones do."""
    suite = (TESTS / "integration/redis/test_event_log.py").read_text()
    assert {f"log.{name}" for name in methods(EventLog)} <= called([suite])
