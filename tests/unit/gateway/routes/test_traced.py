"""Every route that names a thread or a turn tells its span of it: a new one can't forget it."""

import inspect

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from turnstream.tracing.context import tell
from turnstream_gateway.app import create_app
from turnstream_gateway.settings import GatewaySettings


def _walk(dependant: Dependant) -> set[object]:
    return {dependant.call}.union(*map(_walk, dependant.dependencies))


def _tells(call: object) -> bool:
    """True for a function that calls `tell`."""
    function = inspect.unwrap(call) if callable(call) else None
    code = getattr(function, "__code__", None)
    return code is not None and tell.__name__ in code.co_names


def test_every_route_with_a_thread_or_turn_in_its_path_tells_of_it() -> None:
    """So that anyone who looks for a conversation finds its reads and its viewers too. What
    operators look at is no part of it.
    """
    app = create_app(GatewaySettings(url_signing_key="k" * 32))
    silent, seen = set(), 0
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        parts = str(route.path).split("/")
        named = {"{thread_id}", "{turn_id}"} & {*parts} and "console" not in parts
        if named and isinstance(dependant, Dependant):
            seen += 1
            if not any(map(_tells, _walk(dependant))):
                silent.add(f"{sorted(route.methods or ())} {route.path}")
    assert seen > 5
    assert silent == set()
