"""No route without a principal: what needs none says so, and why."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRouter, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Mount

from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.identity.operators import authenticate_operator

_MARK = "__unauthenticated__"
_GUARDS = (authenticate, authenticate_operator)
"""What asks who calls."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class UnguardedRoute(RuntimeError):
    """A route neither asks who calls it nor says that it needs no principal. Nothing starts."""


def unauthenticated(why: str) -> Callable[[Endpoint], Endpoint]:
    """Decorates an endpoint, or an app to be mounted, that needs no principal; `why` says why."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, why)
        return endpoint

    return mark


def mark_all(router: FastAPI | APIRouter, why: str) -> None:
    """Mark every route that is in the router now: those of others, such as health checks."""
    for route in iter_route_contexts(router.routes):
        if route.endpoint is not None:
            unauthenticated(why)(route.endpoint)


def check_routes(app: FastAPI) -> None:
    """Raises `UnguardedRoute` unless every route has a principal or is marked as needing none."""
    unguarded = [path for path, guarded in every_route(app.routes) if not guarded]
    if unguarded:
        raise UnguardedRoute(
            f"{', '.join(unguarded)}: a route takes CurrentPrincipal, User or requires, "
            "or is marked with @unauthenticated"
        )


def every_route(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Each route with its path, also in what is mounted, and whether it asks or need not."""
    for route in iter_route_contexts(list(routes)):
        path = f"{prefix}{route.path or ''}"
        mounted = route.original_route
        if isinstance(mounted, Mount) and mounted.routes and not _marked(mounted.app):
            yield from every_route(mounted.routes, path)
        else:
            yield f"{_methods(route)} {path}".strip(), _guarded(route)


def unauthenticated_operations(app: FastAPI) -> set[str]:
    """The ids in the API document of what needs no principal."""
    marked = (route for route in iter_route_contexts(app.routes) if _marked(route.endpoint))
    return {getattr(route, "unique_id", "") for route in marked}


def _methods(route: RouteContext) -> str:
    return "|".join(sorted(route.methods or ()))


def _guarded(route: RouteContext) -> bool:
    original = route.original_route
    if _marked(route.endpoint) or (isinstance(original, Mount) and _marked(original.app)):
        return True
    dependant = getattr(route, "dependant", None)
    return isinstance(dependant, Dependant) and _authenticates(dependant)


def _marked(target: object) -> bool:
    return bool(getattr(target, _MARK, ""))


def _authenticates(dependant: Dependant) -> bool:
    return dependant.call in _GUARDS or any(map(_authenticates, dependant.dependencies))
