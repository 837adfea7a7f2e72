"""The suite of both backings calls each method that the store client promises."""

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import get_type_hints

from turnstream.store_client import StoreClient

TESTS = Path(__file__).parents[2]
SUITE = (*TESTS.glob("integration/store_client/**/*.py"), TESTS / "support/turns.py")
"""Its files, and the helpers that nearly all of them use."""


def promised() -> set[str]:
    """The interface, as `noun.method`."""
    return {
        f"{noun}.{name}"
        for noun, kind in get_type_hints(StoreClient).items()
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def called(sources: Iterable[str]) -> set[str]:
    """What is called on a noun by its name: `client.turns.accept(...)` is `turns.accept`."""
    calls = (
        node.func
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
    )
    return {
        f"{method.value.attr}.{method.attr}"
        for method in calls
        if isinstance(method, ast.Attribute) and isinstance(method.value, ast.Attribute)
    }


def test_no_method_of_the_interface_is_left_out() -> None:
    """A method that no test calls may do something else in memory, and nobody would know."""
    left_out = promised() - called(path.read_text() for path in SUITE)
    assert not left_out, f"no test in tests/integration/store_client calls {sorted(left_out)}"


def test_a_method_that_nobody_calls_is_named() -> None:
    """One that is mentioned, or that something else calls by the same name, is not called."""
    source = "async def test(client): client.turns.accept; other.accept(); client.turns.show('t')"
    assert called([source]) == {"turns.show"}
    assert {"turns.accept", "schedules.occurrences"} <= promised() - called([source])
