"""`AUTH=module:callable`: a function of the operator's own."""

import pytest
from turnstream.settings import ConfigurationError
from turnstream_gateway.settings import GatewaySettings

from tests.unit.gateway.identity.conftest import authenticator, gateway

MODULE = "tests.unit.gateway.identity.own_authentication"


@pytest.mark.parametrize(
    ("badge", "status", "said"),
    [
        ("alice", 200, "acme/alice"),
        (None, 200, "default/bob"),
        ("forged", 401, "unauthorized"),
        ("broken", 503, "unavailable"),
        ("text", 503, "unavailable"),
        ("odd", 503, "unavailable"),
        ("closed", 418, "http_error"),
    ],
)
async def test_a_function_of_ones_own_says_who_asks(
    badge: str | None, status: int, said: str
) -> None:
    """Or leaves it to the next, or refuses. When it fails, nobody comes in."""
    headers = {"X-User-Id": "bob"} | ({"X-Badge": badge} if badge else {})
    async with gateway(GatewaySettings(auth=f"{MODULE}:by_badge,dev")) as http:
        answer = await http.get("/who", headers=headers)
    body = answer.json()
    found = f"{body['tenant']}/{body['user']}" if status == 200 else body["code"]
    assert (answer.status_code, found) == (status, said)
    if badge == "alice":
        assert body["method"] == f"{MODULE}:by_badge"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("no.such.module:authenticate", "ModuleNotFoundError"),
        (f"{MODULE}:nothing", "AttributeError"),
        (f"{MODULE}:not_async", "must be an async function"),
        (f"{MODULE}:no_function", "must be an async function"),
    ],
)
def test_what_is_no_such_function_keeps_the_gateway_from_starting(path: str, why: str) -> None:
    """With a line that names it."""
    with pytest.raises(ConfigurationError, match=f"^AUTH={path}: .*{why}"):
        authenticator(GatewaySettings(auth=path))
