"""`AUTH=proxy`: a header counts only from a proxy that has the secret, or a known address."""

from typing import Any

import pytest
from turnstream_gateway.settings import GatewaySettings

from tests.unit.gateway.identity.conftest import gateway

OLD, NEW = "o" * 32, "n" * 40
BY_SECRET = {"auth": "proxy", "proxy_secret": f"{NEW},{OLD}"}
BY_ADDRESS = {"auth": "proxy", "proxy_networks": "10.0.0.0/8,fd00::/8"}


async def who(
    given: dict[str, Any], *headers: tuple[str, str], peer: str = "192.0.2.7"
) -> tuple[int, str]:
    """The status, and the tenant and user, or the code of the refusal."""
    async with gateway(GatewaySettings(**given), peer) as http:
        answer = await http.get(
            "/who", headers=[(name.encode(), value.encode()) for name, value in headers]
        )
    body = answer.json()
    said = f"{body['tenant']}/{body['user']}" if answer.status_code == 200 else body["code"]
    return answer.status_code, said


@pytest.mark.parametrize("secret", [OLD, NEW])
async def test_a_proxy_with_a_secret_says_who_asks(secret: str) -> None:
    """The old secret counts beside the new one, so that it can be replaced in peace."""
    sent = ("X-Proxy-Secret", secret)
    assert await who(BY_SECRET, sent, ("X-User-Id", "alice")) == (200, "default/alice")
    tenant = ("X-Tenant-Id", "acme")
    assert await who(BY_SECRET, sent, ("X-User-Id", "alice"), tenant) == (200, "acme/alice")


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"])
async def test_a_proxy_of_a_named_network_needs_no_secret(peer: str) -> None:
    """By the address at the other end of the connection."""
    assert await who(BY_ADDRESS, ("X-User-Id", "alice"), peer=peer) == (200, "default/alice")


async def test_nobody_comes_from_a_network_by_saying_so() -> None:
    """The test's gateway trusts everybody's `X-Forwarded-For`; who the peer is stays."""
    said = [("X-Forwarded-For", "10.1.2.3"), ("X-User-Id", "alice")]
    assert await who(BY_ADDRESS, *said, peer="203.0.113.9") == (401, "unauthorized")


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("alice@example.com", "alice@example.com"),
        ("Zo%C3%AB", "Zoë"),
        ("%E9%99%B3%E5%A4%A7%E6%96%87", "陳大文"),
        ("50%25", "50%"),
    ],
)
async def test_a_name_is_ascii_or_percent_encoded(user: str, name: str) -> None:
    """A header holds nothing else that every proxy passes on alike."""
    sent = ("X-Proxy-Secret", NEW)
    assert await who(BY_SECRET, sent, ("X-User-Id", user)) == (200, f"default/{name}")


@pytest.mark.parametrize(
    "headers",
    [
        [("X-User-Id", "alice")],
        [("X-Proxy-Secret", ""), ("X-User-Id", "alice")],
        [("X-Proxy-Secret", NEW[:-1]), ("X-User-Id", "alice")],
        [("X-Proxy-Secret", f"{NEW},{OLD}"), ("X-User-Id", "alice")],
        [("X-Proxy-Secret", NEW)],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", " ")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "alice"), ("X-User-Id", "bob")],
        [("X-Proxy-Secret", NEW), ("X-Proxy-Secret", NEW), ("X-User-Id", "alice")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "Zoë")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "%C3")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "50%")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "%0Aalice")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "%20alice")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "x" * 257)],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "alice"), ("X-Tenant-Id", "")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "alice"), ("X-Tenant-Id", "*")],
        [("X-Proxy-Secret", NEW), ("X-User-Id", "alice"), ("X-Tenant-Id", "../x")],
    ],
)
async def test_what_no_proxy_should_say_lets_nobody_in(headers: list[tuple[str, str]]) -> None:
    """Least of all as `anonymous`."""
    assert await who(BY_SECRET, *headers) == (401, "unauthorized")


async def test_a_proxy_from_a_network_must_name_a_user() -> None:
    assert await who(BY_ADDRESS, peer="10.1.2.3") == (401, "unauthorized")
