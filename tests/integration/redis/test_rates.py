"""A rate is counted in Redis, in one call, for all gateways together; without Redis, in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot
from turnstream.contracts.rates import Rate, a_minute, parse_rate
from turnstream.redis.client import command_client
from turnstream.redis.rates import Counter, Limit, Rates, key_of
from turnstream_gateway.admission.counters import FallbackCounter, LocalCounter

from tests.support.servers.shared import empty_redis


def limit(amount: int, name: str = "turns", cost: int = 1) -> Limit:
    """So many in a minute."""
    return Limit(name, key_of("acme", f"{name}:ann"), a_minute(amount), cost)


@pytest.fixture
async def url(redis_url: str) -> AsyncIterator[str]:
    """An empty Redis."""
    with empty_redis(redis_url) as empty:
        yield empty


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    """A client of it."""
    client = command_client(url)
    yield client
    await client.aclose(close_connection_pool=True)


@pytest.fixture(params=["redis", "memory", "steady"])
def counter(request: pytest.FixtureRequest, redis: Redis) -> Counter:
    """Every way to count."""
    made: dict[str, Callable[[], Counter]] = {
        "redis": lambda: Rates(redis),
        "memory": LocalCounter,
        "steady": lambda: FallbackCounter(Rates(redis)),
    }
    return made[request.param]()


async def test_as_many_as_a_minute_allows_may_come_at_once(counter: Counter) -> None:
    """Each is told how many more may come; the next one waits a minute's part."""
    counts = [await counter.count([limit(10)]) for _ in range(12)]
    assert [count.allowed for count in counts] == [True] * 10 + [False] * 2
    states = [count.states[0] for count in counts]
    assert [state.remaining for state in states] == [*range(9, -1, -1), 0, 0]
    assert [state.wait for state in states[:10]] == [0] * 10
    assert 5 < states[-1].wait <= 6
    assert 54 < states[9].reset <= 60


async def test_the_next_may_come_after_its_wait(counter: Counter) -> None:
    """And one only: the pace is even once a minute's number has come."""
    while (count := await counter.count([limit(600)])).allowed:
        pass
    await asyncio.sleep(count.refusing.wait)
    assert (await counter.count([limit(600)])).allowed


async def test_a_request_counts_against_all_of_its_limits_or_against_none(counter: Counter) -> None:
    """One that the tenant's limit refuses takes nothing from the user."""
    many, few = limit(10), limit(2, "tenant")
    assert (await counter.count([many, few])).allowed
    assert (await counter.count([many, few])).allowed
    for _ in range(3):
        refused = await counter.count([many, few])
        assert not refused.allowed
        assert refused.refusing.limit.name == "tenant"
        assert [state.remaining for state in refused.states] == [8, 0]
    assert (await counter.count([many])).states[0].remaining == 7


async def test_the_limit_that_lets_a_request_in_last_is_named(counter: Counter) -> None:
    """To come back earlier would be in vain."""
    quick, slow = limit(1), limit(1, "session")._replace(rate=parse_rate("1/1h") or a_minute(1))
    await counter.count([quick, slow])
    refused = (await counter.count([quick, slow])).refusing
    assert refused.limit.name == "session"
    assert 3590 < refused.wait <= 3600


async def test_a_request_takes_as_many_units_as_it_costs(counter: Counter) -> None:
    """The one that finds too few waits for them; a cheaper one comes in meanwhile."""
    left = [
        (await counter.count([limit(25, cost=cost)])).states[0].remaining
        for cost in (10, 10, 10, 5)
    ]
    assert left == [15, 5, 5, 0]
    alone = limit(3, "costly", cost=10)
    assert (await counter.count([alone])).allowed, "more than there is would never come in"


async def test_who_has_no_limits_is_not_counted(counter: Counter) -> None:
    """Nothing is asked, nothing is told."""
    assert await counter.count([]) == (True, ())


async def test_rates_are_of_their_own(counter: Counter) -> None:
    """Two users, two kinds, two tenants."""
    one = limit(1)
    keys = [
        key_of(tenant, f"{kind}:{user}")
        for tenant in ("acme", "}odd{")
        for kind in ("a", "b")
        for user in ("ann", "böb}")
    ]
    assert len(set(keys)) == 8
    assert all([(await counter.count([one._replace(key=key)])).allowed for key in keys])


async def test_two_gateways_count_together(redis: Redis, url: str) -> None:
    """However many ask at the same moment, no more than the number come through."""
    other = command_client(url)
    both = (Rates(redis), Rates(other))
    limits = [limit(9), limit(7, "tenant")]
    counts = await asyncio.gather(*(both[n % 2].count(limits) for n in range(40)))
    assert sum(count.allowed for count in counts) == 7
    assert (await both[0].count(limits[:1])).states[0].remaining == 1
    await other.aclose(close_connection_pool=True)


async def test_the_clock_is_that_of_redis(redis: Redis) -> None:
    """No call brings a time along: what a gateway's clock shows can't matter."""
    seconds, micros = await redis.time()
    (state,) = (await Rates(redis).count([limit(60)])).states
    used = int(await redis.get(state.limit.key) or 0)
    assert 0 < used - (seconds * 1_000_000 + micros) - 1_000_000 < 5_000_000
    assert all(isinstance(number, int) and number <= 60_000_000 for number in limit(60).arguments)


async def test_a_clock_that_was_set_back_locks_nobody_out(redis: Redis) -> None:
    """What was noted ahead of now counts as a period at most."""
    seconds, _ = await redis.time()
    await redis.set(limit(60).key, (seconds + 86_400) * 1_000_000)
    refused = await Rates(redis).count([limit(60)])
    assert not refused.allowed
    assert refused.refusing.wait <= 1


async def test_a_rate_leaves_nothing_behind(redis: Redis) -> None:
    """Its key ends when all may come again, and a refused request does not prolong it."""
    for _ in range(5):
        await Rates(redis).count([limit(2), limit(1, "tenant")])
    assert 0 < await redis.pttl(limit(1, "tenant").key) <= 60_000
    assert 0 < await redis.pttl(limit(2).key) <= 30_000


async def test_the_keys_of_one_call_share_a_slot_of_a_cluster(redis: Redis) -> None:
    """Whatever a tenant and a user are called: a name in braces would move a key elsewhere."""
    for tenant in ("acme", "{", "}", "{a}b", "a}b", "陳", " "):
        keys = [key_of(tenant, each) for each in ("turns:{x}", "session:s", "all")]
        assert len({key_slot(key.encode()) for key in keys}) == 1


@pytest.mark.parametrize("text", ["60/1m", "1/1s", "999999999/24h", "5/1d"])
def test_rates_are_written_like_this(text: str) -> None:
    """A number, a period, and nothing else."""
    assert isinstance(parse_rate(text), Rate)


@pytest.mark.parametrize(
    "text",
    ["", "60", "0/1m", "60/m", "60/0s", "60/1 m", "60/1m ", "1.5/1s", "60/2d", "-1/1m", "no"],
)
def test_anything_else_is_no_rate(text: str) -> None:
    """A limit misspelt must not be no limit, nor another one."""
    with pytest.raises(ValueError, match="write a rate as 60/1m"):
        parse_rate(text)
