"""Behind a login in front of the gateway, no other page acts in a user's name."""

import pytest
from turnstream_gateway.settings import GatewaySettings

from tests.unit.gateway.identity.conftest import gateway

SECRET = "s" * 32
Headers = list[tuple[str, str]]


async def status(method: str, headers: Headers, **given: object) -> int:
    """The status of a request of a user whom a proxy knows, by a cookie of its own."""
    settings = GatewaySettings.model_validate({"auth": "proxy", "proxy_secret": SECRET, **given})
    known = [("X-Proxy-Secret", SECRET), ("X-User-Id", "alice")]
    async with gateway(settings) as http:
        return (await http.request(method, "/who", headers=[*known, *headers])).status_code


FOREIGN = [
    [("Sec-Fetch-Site", "cross-site")],
    [("Sec-Fetch-Site", "same-site"), ("Origin", "http://other.test")],
    [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    [("Origin", "http://evil.example")],
    [("Origin", "null")],
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_the_page_of_another_origin_changes_nothing(headers: Headers) -> None:
    """The proxy's cookie goes along with what it sends; reading it is kept from it by browsers."""
    assert await status("POST", headers) == 403
    assert await status("GET", headers) == 200


@pytest.mark.parametrize("headers", FOREIGN)
async def test_nor_does_it_on_a_developers_machine(headers: Headers) -> None:
    """`AUTH=dev` asks for nothing that a page could not send without asking first."""
    async with gateway(GatewaySettings(auth=("dev",))) as http:
        assert (await http.post("/who", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://dev.test:5173")],
        [("Origin", "http://chat.test")],
        [],
    ],
)
async def test_our_own_page_and_what_is_no_browser_may(headers: Headers) -> None:
    """A program says nothing of pages, and has no cookies that others could use."""
    assert await status("POST", headers) == 200


@pytest.mark.parametrize("others", ["https://shop.example", "*"])
async def test_a_page_that_the_operator_named_may(others: str) -> None:
    """`CORS_ORIGINS` names it; a sandboxed page with no origin is none of those."""
    page = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://shop.example")]
    assert await status("POST", page, cors_origins=others) == 200


async def test_a_page_with_a_token_may() -> None:
    """It put the token into a header on purpose; the refusal is then about the token."""
    page = [("Origin", "https://shop.example"), ("Authorization", "Bearer x")]
    assert await status("POST", page) == 200
