"""A login with a real OpenID provider that nobody here wrote, from its form to our door."""

import warnings
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from turnstream_gateway.settings import GatewaySettings

from tests.unit.gateway.identity.conftest import bearer, gateway

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config")  # within the provider
CLIENT = "chat-page"
BACK = "http://chat.test/back"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The provider's address, which is also how it calls itself."""
    with warnings.catch_warnings(record=True):  # of its libraries, about each other
        from oidc_provider_mock import run_server_in_thread  # type: ignore[import-untyped]

    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


async def log_in(provider: str, user: str) -> str:
    """A user's token: authorization code, as a web application does it."""
    asked = {
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid email",
    }
    async with httpx2.AsyncClient(base_url=provider) as http:
        document = (await http.get("/.well-known/openid-configuration")).json()
        form = await http.post(document["authorization_endpoint"], params=asked, data={"sub": user})
        [code] = parse_qs(urlsplit(form.headers["Location"]).query)["code"]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        answer = await http.post(document["token_endpoint"], data=given, auth=(CLIENT, "secret"))
    token: str = answer.json()["id_token"]
    return token


async def test_who_logged_in_there_is_known_here(provider: str) -> None:
    """By discovery alone: the issuer and the audience are all that is set."""
    given = GatewaySettings(auth="jwt", jwt_issuer=provider, jwt_audience=CLIENT)
    async with gateway(given) as http:
        for user in ("alice", "zoë@example.com"):
            token = await log_in(provider, user)
            answer = await http.get("/who", headers=bearer(token))
            assert (answer.status_code, answer.json()["user"]) == (200, user)


async def test_a_token_for_another_application_is_not_for_us(provider: str) -> None:
    """Though the same provider signed it for the same user."""
    given = GatewaySettings(auth="jwt", jwt_issuer=provider, jwt_audience="another")
    async with gateway(given) as http:
        answer = await http.get("/who", headers=bearer(await log_in(provider, "alice")))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
