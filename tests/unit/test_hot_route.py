"""A hot route answers what the same endpoint answers as a plain route, found first or not."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from pydantic import BaseModel
from turnstream.errors import NotFound
from turnstream.http.hot_route import HotRoute, include_hot
from turnstream.http.problems import answer_problems


class Order(BaseModel):
    """What is asked for."""

    cups: int
    milk: bool = False


class Served(BaseModel):
    """What is answered."""

    table: str
    order: Order
    by: str


def found_first(app: FastAPI, router: APIRouter) -> None:
    """As the services include hot routes."""
    include_hot(app, router, traced=False)


def found_by_fastapi(app: FastAPI, router: APIRouter) -> None:
    """As they do where requests make spans."""
    include_hot(app, router, traced=True)


Include = Callable[[FastAPI, APIRouter], None]


def app_with(route_class: type[APIRoute], include: Include = FastAPI.include_router) -> FastAPI:
    """The same endpoints under one class of route or another."""
    router = APIRouter(prefix="/tables/{table}", route_class=route_class)

    @router.post("/orders", status_code=201)
    async def order(table: str, command: Order, request: Request) -> Served:
        """Take an order."""
        if table == "none":
            raise NotFound("There is no such table.")
        return Served(table=table, order=command, by=request.headers["X-By"])

    @router.post("/bell", status_code=204)
    async def ring() -> None:
        """Call somebody."""

    @router.get("/bill", response_model=Served | None)
    async def bill(table: str) -> Response:
        """What is to be paid."""
        return Response(b"null", media_type="application/json")

    app = FastAPI()
    include(app, router)
    answer_problems(app)
    app.state.parts = None
    return app


async def asked(app: FastAPI, method: str, path: str, body: Any) -> tuple[int, str, bytes]:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://cafe", headers={"X-By": "Ada"}
    ) as client:
        answer = await client.request(method, path, json=body)
    kind = answer.headers["Content-Type"] if answer.content else ""
    return answer.status_code, kind, answer.content


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/tables/7/orders", {"cups": 2}, 201),
        ("POST", "/tables/%E7%AA%93/orders", {"cups": 2, "milk": True}, 201),
        ("POST", "/tables/none/orders", {"cups": 2}, 404),
        ("POST", "/tables/7/bell", None, 204),
        ("GET", "/tables/7/bill", None, 200),
        ("GET", "/tables/7/orders", None, 405),
        ("POST", "/tables/7/bell/", None, 307),
        ("POST", "/tables/7/orders/more", None, 404),
    ],
)
@pytest.mark.parametrize("include", [found_first, found_by_fastapi])
async def test_a_hot_route_answers_as_a_plain_one(
    include: Include, method: str, path: str, body: Any, status: int
) -> None:
    """Models, documents, empty answers and failures: the same status, type and bytes."""
    hot = await asked(app_with(HotRoute, include), method, path, body)
    plain = await asked(app_with(APIRoute), method, path, body)

    assert hot == plain
    assert hot[0] == status


@pytest.mark.parametrize("body", [{}, {"cups": "many"}, {"cups": 1, "milk": {}}])
@pytest.mark.parametrize("include", [found_first, found_by_fastapi])
async def test_a_wrong_body_is_refused_with_the_place_of_what_is_wrong(
    include: Include, body: Any
) -> None:
    """The problem document is the one that a plain route gives."""
    hot = await asked(app_with(HotRoute, include), "POST", "/tables/7/orders", body)
    plain = await asked(app_with(APIRoute), "POST", "/tables/7/orders", body)

    assert hot == plain
    assert hot[0] == 400


@pytest.mark.parametrize("body", [b"{cups", b"[]", b""])
@pytest.mark.parametrize("include", [found_first, found_by_fastapi])
async def test_what_is_no_document_is_refused(include: Include, body: bytes) -> None:
    """Only the words differ: Pydantic reads the bytes here, and says what it met."""
    transport = httpx2.ASGITransport(app_with(HotRoute, include))
    async with httpx2.AsyncClient(transport=transport, base_url="http://cafe") as client:
        answer = await client.post("/tables/7/orders", content=body)

    assert answer.status_code == 400
    assert "body" in answer.json()["detail"]


async def test_under_a_prefix_of_the_deployment_a_hot_route_is_found_too() -> None:
    """A mounted app's path begins with where it is mounted."""
    house = FastAPI()
    house.mount("/cafe", app_with(HotRoute, found_first))

    assert await asked(house, "POST", "/cafe/tables/7/bell", None) == (204, "", b"")


async def test_other_middlewares_lie_around_a_hot_route() -> None:
    """A browser of another origin gets its headers, from a failure too."""
    app = app_with(HotRoute, found_first)
    app.add_middleware(CORSMiddleware, allow_origins=["http://shop"])
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://cafe", headers={"Origin": "http://shop"}
    ) as client:
        answers = [await client.post(f"/tables/7/{what}") for what in ("bell", "orders")]

    assert [answer.status_code for answer in answers] == [204, 400]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == "http://shop"


def test_what_a_hot_route_cannot_give_is_refused_when_it_is_made() -> None:
    """A query parameter, say: an endpoint that asks for one would fail at its first request."""
    router = APIRouter(route_class=HotRoute)

    with pytest.raises(TypeError, match="limit"):

        @router.get("/tables")
        async def tables(limit: int) -> None:
            """Show some tables."""


async def test_an_answer_that_is_no_document_is_an_error() -> None:
    """It would be sent as nothing at all."""
    router = APIRouter(route_class=HotRoute)

    @router.get("/menu")
    async def menu() -> list[str]:
        """What there is."""
        return ["tea"]

    app = FastAPI()
    include_hot(app, router, traced=False)
    app.state.parts = None
    with pytest.raises(TypeError, match="list"):
        await asked(app, "GET", "/menu", None)


def test_a_hot_route_is_documented_as_a_plain_one() -> None:
    """Body, parameters and answers are in the API's document."""
    assert app_with(HotRoute).openapi() == app_with(APIRoute).openapi()
