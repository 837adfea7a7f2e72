"""Who sees what models cost: users their own, servers with the scope all of their tenant."""

from datetime import UTC, datetime, timedelta

import pytest
from turnstream.contracts.identity import Principal, Scope
from turnstream.contracts.operating.usage import UsageGrouping
from turnstream.errors import BadRequest, Forbidden
from turnstream.testing import MemoryStore
from turnstream_gateway.routes import usage as route

from tests.support.turns import ANN, BOB, running, write


class Services:
    """All that the route asks of a gateway's services."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store


async def seen(principal: Principal, user: str | None = None) -> list[str | None]:
    """Whose usage somebody gets to see, after ann and bob have used something."""
    store = MemoryStore()
    for owner in (ANN, BOB):
        await write(store, await running(store, owner=owner), usage=[{"key": "k"}])
    wanted = await route._wanted(by=[UsageGrouping.USER])
    services = Services(store)
    page = await route.usage(principal, services, wanted, user)  # type: ignore[arg-type]  # see above
    return [each.user for each in page.data]


async def test_a_user_sees_their_own() -> None:
    """Whomever they name."""
    assert await seen(Principal(user="ann")) == ["ann"]
    assert await seen(Principal(user="ann"), "bob") == ["ann"]


async def test_a_server_sees_all_users_of_its_tenant_or_one() -> None:
    """With the scope for it, and of its own tenant alone."""
    server = Principal(scopes=frozenset({Scope.USAGE_READ}))
    assert await seen(server) == ["ann", "bob"]
    assert await seen(server, "bob") == ["bob"]
    assert await seen(server.model_copy(update={"tenant": "acme"})) == []


async def test_a_server_without_the_scope_sees_nothing() -> None:
    """The refusal names what is missing."""
    with pytest.raises(Forbidden, match="usage:read"):
        await seen(Principal(scopes=frozenset({Scope.THREADS_READ})))


async def test_a_span_has_an_order_and_a_length() -> None:
    """The last 30 days where nobody says; never more than a year and its bill."""
    usual = await route._wanted()
    assert usual.until - usual.since == timedelta(days=30)
    now = datetime.now(UTC)
    for since in (now + timedelta(days=1), now - timedelta(days=500)):
        with pytest.raises(BadRequest):
            await route._wanted(since=since, until=now)
