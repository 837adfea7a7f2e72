"""Every route knows who asks, or says that it needs no principal: otherwise nothing starts."""

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from turnstream_gateway.app import create_app
from turnstream_gateway.identity.unauthenticated_routes import (
    UnguardedRoute,
    check_routes,
    every_route,
    unauthenticated,
    unauthenticated_operations,
)
from turnstream_gateway.routes.dependencies import CurrentPrincipal, User
from turnstream_gateway.settings import GatewaySettings

UNAUTHENTICATED = {
    "/openapi.json",
    "/health",
    "/ready",
    "/metrics",
    "/files/{key}",
    "/attachments/{attachment_id}/content",
}
"""All there is without a principal; of the last one, what a signed link allows."""


def test_every_route_of_the_gateway_has_a_principal_or_is_one_of_these() -> None:
    """A new route without one is a decision, and this list is where it is taken."""
    app = create_app(GatewaySettings(url_signing_key="k" * 32))
    routes = dict(every_route(app.routes))

    assert all(routes.values())
    document = app.openapi()
    described = {
        path
        for path, methods in document["paths"].items()
        for each in methods.values()
        if each.get("security") == []
    }
    assert described <= UNAUTHENTICATED
    assert unauthenticated_operations(app)


async def nobody_asks() -> None:
    """An endpoint as somebody writes it who does not think of principals."""


async def somebody_asks(principal: CurrentPrincipal) -> None:
    """An endpoint with one."""


async def a_user_asks(user: User) -> None:
    """An endpoint with one, through another dependency."""


@pytest.fixture
def app() -> FastAPI:
    """An app with nothing in it but what asks."""
    app = FastAPI(openapi_url=None)
    app.get("/somebody")(somebody_asks)
    app.get("/user")(a_user_asks)
    return app


def in_a_router(app: FastAPI) -> None:
    """A route of a router of a router."""
    inner, outer = APIRouter(), APIRouter(prefix="/outer")
    inner.post("/inner")(nobody_asks)
    outer.include_router(inner)
    app.include_router(outer)


def in_a_mounted_app(app: FastAPI) -> None:
    """A route of an app within the app."""
    mounted = FastAPI(openapi_url=None)
    mounted.get("/inner")(nobody_asks)
    app.mount("/outer", mounted)


def as_an_app_of_its_own(app: FastAPI) -> None:
    """Something mounted that has no routes to look at."""
    app.mount("/outer/inner", PlainTextResponse("hello"))


def by_starlette(app: FastAPI) -> None:
    """A route that FastAPI knows nothing of."""

    async def endpoint(_: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app.add_route("/outer/inner", endpoint)


def as_a_websocket(app: FastAPI) -> None:
    """A socket is a route too."""
    app.websocket("/outer/inner")(nobody_asks)


@pytest.mark.parametrize(
    "add", [in_a_router, in_a_mounted_app, as_an_app_of_its_own, by_starlette, as_a_websocket]
)
def test_a_route_without_a_principal_does_not_start(app: FastAPI, add: object) -> None:
    """Wherever it stands; the refusal names it."""
    check_routes(app)
    assert callable(add)
    add(app)

    with pytest.raises(UnguardedRoute, match="/outer/inner"):
        check_routes(app)


def test_what_needs_no_principal_says_so(app: FastAPI) -> None:
    """Beside it everything else still needs a principal."""

    @app.get("/open")
    @unauthenticated("a test shows it")
    async def endpoint() -> None: ...

    check_routes(app)


async def test_a_route_that_somebody_adds_later_keeps_the_gateway_from_starting() -> None:
    """The routes are looked at again when it starts."""
    app = create_app(GatewaySettings())
    app.get("/forgotten")(nobody_asks)

    with pytest.raises(UnguardedRoute, match="GET /forgotten"):
        async with app.router.lifespan_context(app):
            pass
