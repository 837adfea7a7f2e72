"""A token in a cookie counts only for what a page of this origin asks."""

import pytest
from httpx2 import Response

from tests.support.identity.issuer import PlayedIssuer
from tests.unit.gateway.identity.conftest import bearer, gateway, settings

COOKIE = "__Host-chat"


async def ask(issuer: PlayedIssuer, method: str, *headers: tuple[str, str]) -> Response:
    """The answer to a request with the cookie."""
    given = settings(issuer, auth_cookie=COOKIE, public_url="https://chat.example/app")
    async with gateway(given) as http:
        cookie = ("Cookie", f"theme=dark; {COOKIE}={issuer.token()}")
        return await http.request(method, "/who", headers=[cookie, *headers])


@pytest.mark.parametrize(
    "headers",
    [
        [("Sec-Fetch-Site", "same-origin")],
        [("Sec-Fetch-Site", "none")],
        [("Origin", "http://chat.test")],
        [("Origin", "https://chat.example")],
        [("Origin", "https://chat.example"), ("Sec-Fetch-Site", "same-origin")],
    ],
)
async def test_our_own_page_may_change_things(
    issuer: PlayedIssuer, headers: list[tuple[str, str]]
) -> None:
    """By what the browser says, at the address of the request or at `PUBLIC_URL`."""
    answer = await ask(issuer, "POST", *headers)
    assert (answer.status_code, answer.json()["user"]) == (200, "alice")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://chat.test")],
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Origin", "http://chat.test.evil.example")],
        [("Origin", "https://chat.test")],
        [("Origin", "http://chat.test"), ("Origin", "https://evil.example")],
    ],
)
async def test_a_page_of_another_origin_may_not(
    issuer: PlayedIssuer, headers: list[tuple[str, str]]
) -> None:
    """Though the browser sends the cookie with it. It may not even be somebody else of a site."""
    answer = await ask(issuer, "POST", *headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_reading_needs_no_such_proof(issuer: PlayedIssuer) -> None:
    """The browser keeps the answer from the other page; an `EventSource` sends no origin."""
    assert (await ask(issuer, "GET")).status_code == 200


async def test_two_cookies_are_none(issuer: PlayedIssuer) -> None:
    """Another host of the domain may have set one."""
    for second in (f"{COOKIE}=x", f"{COOKIE}="):
        answer = await ask(issuer, "GET", ("Cookie", second))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_a_header_counts_before_the_cookie(issuer: PlayedIssuer) -> None:
    """A page sends it on purpose; no other page can."""
    answer = await ask(issuer, "POST", *bearer(issuer.token(sub="bob")).items())
    assert answer.json()["user"] == "bob"


async def test_a_cookie_of_another_name_is_no_token(issuer: PlayedIssuer) -> None:
    """Nor is it one where `AUTH_COOKIE` is not set."""
    async with gateway(settings(issuer)) as http:
        answer = await http.get("/who", headers={"Cookie": f"{COOKIE}={issuer.token()}"})
        assert answer.status_code == 401
