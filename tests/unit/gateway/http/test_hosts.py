"""The gateway answers under its own names only."""

import httpx2
import pytest
from turnstream_gateway.app import create_app
from turnstream_gateway.settings import GatewaySettings

Given = dict[str, object]


async def status(host: str, path: str = "/turns/turn_1", given: Given | None = None) -> int:
    """The status of a request that names this host."""
    app = create_app(GatewaySettings.model_validate(given or {}))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        return (await http.post(path, headers={"Host": host})).status_code


REACHED = 405
"""No route takes a POST there: the request came as far as the routes."""


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1", "chat.localhost:8000"]
)
async def test_a_developers_machine_answers_to_names_of_loopback(host: str) -> None:
    assert await status(host) == REACHED


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "a@b"])
async def test_and_to_no_name_that_somebody_else_made_lead_there(host: str) -> None:
    """A page of that name would read the answers: DNS rebinding."""
    assert await status(host) == 421


async def test_named_hosts_count_and_that_of_the_public_address() -> None:
    given: Given = {
        "allowed_hosts": "chat.example,*.shop.example",
        "public_url": "https://a.example:8/x",
    }
    for host in ("chat.example", "Chat.Example:443", "eu.shop.example", "a.example"):
        assert await status(host, given=given) == REACHED
    for host in ("shop.example", "evilshop.example", "localhost", "chat.example.evil"):
        assert await status(host, given=given) == 421


@pytest.mark.parametrize(
    "given",
    [{"allowed_hosts": "*"}, {"dev_auth_beyond_loopback": True}, {"auth": "sessions"}],
)
async def test_any_name_is_taken_where_nobody_named_one(given: Given) -> None:
    """A balancer in front may ask by an address; a principal is needed all the same."""
    assert await status("10.0.0.7", given=given) == REACHED


async def test_a_probe_asks_by_the_address_of_the_process() -> None:
    assert await status("10.0.0.7", "/health", given={"allowed_hosts": "chat.example"}) == REACHED


@pytest.mark.parametrize("path", ["/chatkit%0a", "/turns/turn_1%00", "/chatkit%0d%0ax"])
async def test_a_path_with_control_characters_is_no_route(path: str) -> None:
    """A route's pattern takes a line's end for the end."""
    assert await status("localhost", path) == 404


async def test_a_slash_too_much_is_not_answered_with_another_address() -> None:
    """A redirect would lead to whatever `Host` said."""
    assert await status("localhost", "/turns/turn_1/") == REACHED
