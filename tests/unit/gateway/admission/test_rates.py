"""Which limits count a request, what the answer tells of them, and who is never refused."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from turnstream.contracts.identity import Principal, Scope, SessionLimits, TenantSettings
from turnstream.contracts.rates import Rate, RequestKind, a_minute
from turnstream.errors import RateLimited
from turnstream.redis.rates import Limit, RateDecision, RateState, keys_of_user
from turnstream.testing import MemoryStore
from turnstream_gateway.admission.bounds import RequestBounds
from turnstream_gateway.admission.counters import LocalCounter
from turnstream_gateway.admission.incoming import parse
from turnstream_gateway.admission.rate_headers import fields
from turnstream_gateway.admission.rates import RequestRates, kind_of, refusal
from turnstream_gateway.identity.failed_logins import FailedLogins
from turnstream_gateway.settings import GatewaySettings
from turnstream_gateway.tenants import TenantChoices

ANN = Principal(tenant="acme", user="ann")
SECOND = timedelta(seconds=1)
BOUNDS = RequestBounds.of(GatewaySettings())


class Noting:
    """A counter that lets everybody in and notes against what."""

    def __init__(self) -> None:
        self.limits: list[Limit] = []

    async def count(self, limits: Sequence[Limit]) -> RateDecision:
        """Part of `Counter`."""
        self.limits = list(limits)
        return RateDecision(allowed=True)


async def limits_of(
    principal: Principal, kind: RequestKind, own: TenantSettings | None = None, **settings: Any
) -> dict[str, tuple[Rate, int]]:
    """The limits of a request, by their names."""
    limits = await counted(principal, kind, own, **settings)
    return {each.name: (each.rate, each.cost) for each in limits}


async def counted(
    principal: Principal, kind: RequestKind, own: TenantSettings | None = None, **settings: Any
) -> Sequence[Limit]:
    """The limits of a request."""
    noting, store = Noting(), MemoryStore()
    if own is not None:
        await store.tenants.set(principal.tenant, own)
    rates = RequestRates(noting, TenantChoices(store.tenants), GatewaySettings(**settings))
    await (await rates.begin(principal, kind)).answer
    return noting.limits


async def test_a_user_has_a_rate_for_each_kind_of_request() -> None:
    """A turn costs most, and what only reads costs least."""
    assert await limits_of(ANN, RequestKind.TURN) == {"turns": (a_minute(60), 1)}
    assert await limits_of(ANN, RequestKind.UPLOAD) == {"uploads": (a_minute(60), 1)}
    assert await limits_of(ANN, RequestKind.CALL) == {"calls": (a_minute(120), 1)}
    assert await limits_of(ANN, RequestKind.READ) == {"reads": (a_minute(600), 1)}
    assert await limits_of(ANN, RequestKind.STOP) == {"stops": (a_minute(600), 1)}
    assert await limits_of(ANN, RequestKind.TURN, rate_turns="off") == {}


async def test_a_tenant_has_one_for_all_and_may_have_its_users_own() -> None:
    """In units of what a request costs; a Stop costs nothing."""
    settings: dict[str, Any] = {"rate_tenant": "1000/1m"}
    for kind, cost in (
        (RequestKind.TURN, 10),
        (RequestKind.UPLOAD, 5),
        (RequestKind.CALL, 3),
        (RequestKind.READ, 1),
    ):
        assert (await limits_of(ANN, kind, **settings))["tenant"] == (a_minute(1000), cost)
    assert "tenant" not in await limits_of(ANN, RequestKind.STOP, **settings)
    own = TenantSettings(rate_turns="5/1s", rate_reads="off", rate_tenant="7/1s")
    limits = await limits_of(ANN, RequestKind.TURN, own, **settings)
    assert limits == {"turns": (Rate(5, SECOND), 1), "tenant": (Rate(7, SECOND), 10)}
    assert "reads" not in await limits_of(ANN, RequestKind.READ, own)


async def test_a_session_has_its_own_beside_those_of_its_user() -> None:
    """For turns and files, as hosted ChatKit counts. A new session is no way around the user's."""
    page = ANN.model_copy(
        update={"session_id": "cksess_1", "limits": SessionLimits(requests_per_minute=10)}
    )
    for kind in (RequestKind.TURN, RequestKind.UPLOAD):
        limits = await limits_of(page, kind)
        assert limits == {str(kind): (a_minute(60), 1), "session": (a_minute(10), 1)}
    assert "session" not in await limits_of(page, RequestKind.READ)


async def test_an_erasure_knows_every_key_that_names_a_user() -> None:
    """Of each kind of request, in a session or with limits of an app's verifier."""
    few = SessionLimits(requests_per_minute=10)
    verified = ANN.model_copy(update={"limits": few})
    page = verified.model_copy(update={"session_id": "cksess_1"})
    keys = {
        limit.key
        for principal in (ANN, verified, page)
        for kind in RequestKind
        for limit in await counted(principal, kind, rate_tenant="9/1s")
    }
    named = {key for key in keys if "ann" in key}
    assert named == {*keys_of_user(ANN.owner)}
    assert len(named) == len(RequestKind) + 1


async def test_a_server_that_asks_for_nobody_has_its_tenants_rate_alone() -> None:
    """It makes sessions for all of its users."""
    server = Principal(tenant="acme", key_id="key_1", scopes=frozenset({Scope.SESSIONS_WRITE}))
    assert await limits_of(server, RequestKind.CALL) == {}
    assert [*await limits_of(server, RequestKind.CALL, rate_tenant="9/1s")] == ["tenant"]


@pytest.mark.parametrize(
    ("request_type", "params", "kind"),
    [
        ("threads.list", {}, RequestKind.READ),
        ("threads.delete", {"thread_id": "t"}, RequestKind.READ),
        ("threads.retry_after_item", {"thread_id": "t", "item_id": "i"}, RequestKind.TURN),
        ("threads.custom_action", {"thread_id": "t", "action": {"type": "a"}}, RequestKind.TURN),
        (
            "threads.sync_custom_action",
            {"thread_id": "t", "action": {"type": "a"}},
            RequestKind.CALL,
        ),
        (
            "items.feedback",
            {"thread_id": "t", "item_ids": [], "kind": "positive"},
            RequestKind.CALL,
        ),
        (
            "attachments.create",
            {"name": "a", "size": 1, "mime_type": "text/plain"},
            RequestKind.UPLOAD,
        ),
        ("attachments.delete", {"attachment_id": "a"}, RequestKind.CALL),
    ],
)
def test_a_chatkit_request_is_of_the_kind_that_it_makes_work(
    request_type: str, params: dict[str, Any], kind: RequestKind
) -> None:
    """What a model answers, what an assistant answers, what the store answers."""
    assert kind_of(parse(orjson.dumps({"type": request_type, "params": params}), BOUNDS)) is kind


def test_every_answer_tells_how_the_limits_stand() -> None:
    """In the form of the draft: a list of names, each with its parameters."""
    turns, session = Limit("turns", "k", a_minute(60)), Limit("session", "l", a_minute(10))
    count = RateDecision(True, (RateState(turns, 59, 0.9, 0), RateState(session, 9, 6.0, 0)))
    assert fields(count) == [
        (b"ratelimit-policy", b'"turns";q=60;w=60, "session";q=10;w=60'),
        (b"ratelimit", b'"turns";r=59;t=1, "session";r=9;t=6'),
    ]
    assert fields(RateDecision(True)) == []


def test_a_refusal_names_its_limit_and_says_when_to_come_back() -> None:
    """By a name for people and programs, and in seconds that are true."""
    turns, session = Limit("turns", "k", a_minute(60)), Limit("session", "l", a_minute(10))
    failure = refusal(
        RateDecision(False, (RateState(turns, 1, 59, 0), RateState(session, 0, 60, 5.2)))
    )
    assert (failure.code, failure.limit, failure.retry_after) == ("rate_limited", "session", 5.2)
    assert failure.detail == "session: at most 10 in 60 s. Come back in 6 s."


async def test_an_address_that_guesses_is_refused_for_a_while() -> None:
    """A refusal is remembered: a flood of guesses costs Redis no more than the rate."""
    now, noting = [0.0], LocalCounter(lambda: now[0])
    failed = FailedLogins(noting, a_minute(2), lambda: now[0])
    for _ in range(2):
        await failed.count("192.0.2.1")
    with pytest.raises(RateLimited) as refused:
        await failed.count("192.0.2.1")
    assert (refused.value.limit, refused.value.retry_after) == ("failed_logins", 30.0)
    await failed.count("192.0.2.2")
    now[0] = 29.0
    with pytest.raises(RateLimited, match="Come back in 1 s"):
        await failed.count("192.0.2.1")
    now[0] = 30.1
    await failed.count("192.0.2.1")


async def test_whoever_has_an_ipv6_address_has_all_of_its_network() -> None:
    """So the network is counted. A mapped IPv4 address is itself."""
    failed = FailedLogins(LocalCounter(), a_minute(1))
    await failed.count("2001:db8::1")
    with pytest.raises(RateLimited):
        await failed.count("2001:db8::ffff:2")
    await failed.count("2001:db8:0:1::1")
    await failed.count("::ffff:192.0.2.1")
    await failed.count("::ffff:192.0.2.2")
    await failed.count("")  # a socket has no address
    await failed.count("")
