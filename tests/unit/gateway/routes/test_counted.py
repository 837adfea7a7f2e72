"""Every route that asks who calls also counts the call: a new one can't forget it."""

import inspect

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from turnstream_gateway.app import create_app
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.routes.dependencies import count_request
from turnstream_gateway.settings import GatewaySettings


def _walk(dependant: Dependant) -> set[object]:
    return {dependant.call}.union(*map(_walk, dependant.dependencies))


def _counts(call: object) -> bool:
    """True for a dependency that calls `count_request`."""
    function = inspect.unwrap(call) if callable(call) else None
    code = getattr(function, "__code__", None)
    return code is not None and count_request.__name__ in code.co_names


def test_every_route_with_a_principal_counts_its_requests_once() -> None:
    """Before it does anything else: twice would halve a rate."""
    app = create_app(GatewaySettings(url_signing_key="k" * 32))
    seen = {}
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if isinstance(dependant, Dependant) and authenticate in (calls := _walk(dependant)):
            name = f"{sorted(route.methods or ())} {route.path}"
            seen[name] = sum(map(_counts, calls))
    assert len(seen) > 15
    assert {name for name, times in seen.items() if times != 1} == set()
