"""A gateway that tells who asks, and an issuer that it believes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from turnstream.http.forwarded import ForwardedHeaders
from turnstream.http.problems import answer_problems
from turnstream.testing import MemoryStore
from turnstream_gateway.admission.counters import LocalCounter
from turnstream_gateway.identity.auth import Authenticator
from turnstream_gateway.identity.build import build_authenticator
from turnstream_gateway.identity.revocations import Revocations
from turnstream_gateway.relay.streams.disconnects import Disconnects
from turnstream_gateway.relay.streams.viewers import Viewers
from turnstream_gateway.routes.dependencies import CurrentPrincipal, User
from turnstream_gateway.settings import GatewaySettings, OnDisconnect

from tests.support.identity.issuer import AUDIENCE, PlayedIssuer, played_issuer


@pytest.fixture(scope="module")
def running_issuer() -> Iterator[PlayedIssuer]:
    with played_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(running_issuer: PlayedIssuer) -> PlayedIssuer:
    """The issuer, as if nobody had asked it yet."""
    running_issuer.asked.clear()
    running_issuer.answers.clear()
    return running_issuer


def settings(issuer: PlayedIssuer, **others: Any) -> GatewaySettings:
    """Those of a gateway that believes the issuer."""
    given = {"auth": "jwt", "jwt_issuer": issuer.url, "jwt_audience": AUDIENCE, **others}
    return GatewaySettings(**given)


def authenticator(settings: GatewaySettings) -> Authenticator:
    """What authenticates, before a store that knows nobody."""
    store = MemoryStore()
    lost = Disconnects(store.turns, OnDisconnect.GRACE, lambda: False)
    revocations = Revocations(store.keys, Viewers(lost))
    return build_authenticator(settings, store, revocations, LocalCounter())


@asynccontextmanager
async def gateway(
    settings: GatewaySettings, peer: str = "192.0.2.7"
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the gateway's door alone. Its route `/who` answers with the principal."""
    app = FastAPI()
    answer_problems(app)
    app.state.authenticator = authenticator(settings)

    @app.api_route("/who", methods=["GET", "POST"])
    async def who(principal: CurrentPrincipal, user: User) -> dict[str, object]:
        return principal.model_dump(mode="json")

    transport = httpx2.ASGITransport(ForwardedHeaders(app, ["*"]), client=(peer, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://chat.test") as client:
        yield client
    await app.state.authenticator.aclose()


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
