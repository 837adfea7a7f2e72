"""What a principal may do: their scopes decide, and a refusal names the one that is missing."""

from typing import Annotated

import httpx2
import pytest
from fastapi import FastAPI
from turnstream.contracts.identity import Principal, Scope
from turnstream.http.problems import answer_problems
from turnstream_gateway.app import create_app
from turnstream_gateway.identity.auth import authenticate
from turnstream_gateway.routes.dependencies import User, requires
from turnstream_gateway.settings import GatewaySettings

PAGE = "https://app.example"


def door(principal: Principal) -> FastAPI:
    """Two routes, and who asks for them."""
    app = FastAPI()
    answer_problems(app)

    @app.get("/chat")
    async def chat(user: User) -> str:
        return "/".join(user)

    @app.get("/operators")
    async def operators(
        asking: Annotated[Principal, requires(Scope.OPERATOR, Scope.THREADS_READ)],
    ) -> str:
        return asking.tenant

    async def somebody() -> Principal:
        return principal

    app.dependency_overrides[authenticate] = somebody
    return app


@pytest.mark.parametrize(
    ("principal", "path", "status", "missing"),
    [
        (Principal(user="alice"), "/chat", 200, ""),
        (Principal(user="alice"), "/operators", 403, "operator"),
        (Principal(scopes={Scope.SESSIONS_WRITE}), "/chat", 403, "chat"),
        (Principal(scopes={Scope.CHAT}), "/chat", 403, "X-User-Id"),
        (Principal(scopes={Scope.OPERATOR}), "/operators", 403, "threads:read"),
        (Principal(scopes={Scope.OPERATOR, Scope.THREADS_READ}), "/operators", 200, ""),
    ],
)
async def test_a_missing_scope_is_named(
    principal: Principal, path: str, status: int, missing: str
) -> None:
    """In words, and for programs in `WWW-Authenticate`."""
    transport = httpx2.ASGITransport(door(principal))
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.localhost") as http:
        answer = await http.get(path)
    assert answer.status_code == status
    if missing:
        assert (answer.json()["code"], missing in answer.json()["detail"]) == ("forbidden", True)
        assert answer.headers["WWW-Authenticate"].startswith('Bearer error="insufficient_scope"')


async def test_a_page_of_another_origin_can_read_why_it_was_refused() -> None:
    """And the turn's id, and when to try again."""
    app = create_app(GatewaySettings(cors_origins=PAGE))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.localhost") as http:
        answer = await http.get("/facts", headers={"X-User-Id": "", "Origin": PAGE})
    assert answer.status_code == 401
    readable = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert readable >= {"WWW-Authenticate", "Retry-After", "Turn-Id"}
