"""Redis or Valkey: reachable, new enough, keeps what it is given, lets our services in."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from statistics import median
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.crc import REDIS_CLUSTER_HASH_SLOTS
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from turnstream.doctor.findings import Finding, failure, ok, skipped, warning
from turnstream.doctor.probe import Kind, Probe, Target
from turnstream.doctor.probes.redis_rights import rights
from turnstream.redis.addresses import Address, address
from turnstream.redis.addresses import Kind as Kinds
from turnstream.redis.client import of_sentinels, server_options
from turnstream.secrets.redaction import without_secrets
from turnstream.settings import Settings

_OLDEST, _OF_USERS = (6, 2), (7, 0)
"""The oldest version that the suite runs on, and the first that knows deploy/redis/users.acl."""
_SLOW = 5.0
"""Milliseconds for a command, above which a reader sees words come later."""
_FULL = 0.95
"""The share of maxmemory at which memory is nearly full. The store makes room from 85 % on;
where that did not help, it is too small."""
_PINGS = 5
_TIMEOUT = 3.0


async def look(_target: Target) -> Sequence[Finding]:
    """Findings for each Redis that the settings name."""
    settings = Settings()
    found: list[Finding] = []
    for url in dict.fromkeys([settings.redis_url, *settings.log_redis_urls]):
        found += await _look(url)
    return found


async def _look(url: str) -> list[Finding]:
    """Findings for what a URL names: a server, the master of Sentinels, or a cluster."""
    where = address(url)
    if where.kind is Kinds.SERVER:
        return await _look_at(without_secrets(url), where.url)
    first = f"{where.hosts[0][0]}:{where.hosts[0][1]}"
    try:
        if where.kind is Kinds.SENTINEL:
            servers, found = [await _master(where)], list[Finding]()
        else:
            servers, found = await _primaries(where)
    except (RedisError, OSError) as error:
        remedy = "Start it, or name hosts that are up: docs/guides/high-availability.md."
        return [failure(f"{where.kind} at {first} does not answer: {error}", remedy)]
    for server in servers:
        found += await _look_at(f"{where.kind} node {server}", _at(where, server))
    return found


async def _master(where: Address) -> str:
    """Where the master is that Sentinels name."""
    pool = Sentinel(list(where.hosts), sentinel_kwargs=of_sentinels(where))  # type: ignore[no-untyped-call]  # redis-py
    async with aclosing(pool):
        host, port = await pool.discover_master(where.master)
    return f"{host}:{port}"


async def _primaries(where: Address) -> tuple[list[str], list[Finding]]:
    """The primaries of a cluster, and whether they have all slots and a replica each."""
    options = server_options(where) | {"db": 0, "socket_timeout": _TIMEOUT}
    host, port = where.hosts[0]
    async with aclosing(Redis(host=host, port=port, protocol=2, **options)) as client:
        slots: Any = await client.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
    primaries = {f"{(node[0] or host.encode()).decode()}:{node[1]}" for _, _, node, *_ in slots}
    covered = sum(last - first + 1 for first, last, *_ in slots)
    found = []
    if covered < REDIS_CLUSTER_HASH_SLOTS:
        remedy = "Give them to a node: CLUSTER ADDSLOTSRANGE. Answers there come late, and whole."
        found.append(failure(f"{REDIS_CLUSTER_HASH_SLOTS - covered} slots have no node", remedy))
    if any(len(each) < 4 for each in slots):
        remedy = "Give each primary one. Until it is back, its answers are shown at their end."
        found.append(warning("a primary has no replica", remedy))
    return sorted(primaries), found


def _at(where: Address, server: str) -> str:
    """The URL of one of the servers behind an address."""
    head, _, rest = where.url.partition("://")
    credentials, at, _ = rest.partition("/")[0].rpartition("@")
    path = where.url.partition("://")[2].partition("/")[2]
    return f"{head}://{credentials}{at}{server}/{path}"


async def _look_at(shown: str, url: str) -> list[Finding]:
    client = Redis.from_url(
        url,
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    async with aclosing(client):
        try:
            latency = await _latency(client)
            hello = await _hello(client)
            return [
                *_server(shown, hello, latency),
                *await _configuration(client),
                *await rights(client),
            ]
        except AuthenticationError as error:
            remedy = "Put the right user and password into REDIS_URL: redis://user:password@host."
            return [failure(f"{shown} refuses the password: {error}", remedy)]
        except (RedisError, OSError) as error:
            remedy = "Start it, or set REDIS_URL to where it is (rediss:// for TLS)."
            return [failure(f"nothing that speaks Redis at {shown}: {error}", remedy)]


async def _latency(client: "Redis") -> float:
    """Milliseconds of a usual ping. The first one opens the connection."""
    await client.ping()
    times = []
    for _ in range(_PINGS):
        began = time.monotonic()
        await client.ping()
        times.append((time.monotonic() - began) * 1000)
    return median(times)


async def _hello(client: "Redis") -> Mapping[str, Any]:
    """What the server says of itself to everybody who may connect."""
    try:
        hello: Any = await client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    except ResponseError:  # from before version 6
        return {}
    return hello if isinstance(hello, dict) else dict(zip(hello[::2], hello[1::2], strict=False))


def _server(shown: str, hello: Mapping[str, Any], latency: float) -> Iterator[Finding]:
    text = str(hello.get("version", "0"))
    version = tuple(int(each) for each in text.split(".")[:2] if each.isdigit())
    name = "Valkey" if hello.get("server") == "valkey" else "Redis"
    if version < _OLDEST:
        yield failure(f"{name} {text} at {shown} is too old", "Use Redis 6.2 or Valkey 7.2.")
    elif version < _OF_USERS:
        remedy = "Use Redis 7.0 or Valkey, if each service is to have a user of its own."
        yield warning(f"{name} {text} at {shown} can't hold deploy/redis/users.acl", remedy)
    else:
        yield ok(f"{name} {text} at {shown}")
    if hello.get("mode") == "cluster" and not shown.startswith(Kinds.CLUSTER):
        remedy = "Name the cluster, for event logs only: EVENTS_REDIS_URL=redis+cluster://…"
        yield failure(f"{shown} is a node of a cluster", remedy)
    if hello.get("role", "master") != "master":
        yield failure(f"{shown} is a replica: nothing can be written", "Name its primary.")
    if latency > _SLOW:
        remedy = "Bring it nearer: each piece of an answer crosses it."
        yield warning(f"a command takes {latency:.1f} ms", remedy)
    else:
        yield ok(f"a command takes {latency:.1f} ms")


async def _configuration(client: "Redis") -> list[Finding]:
    try:
        memory, kept = await client.info("memory"), await client.info("persistence")
    except NoPermissionError:
        return [
            skipped(
                "eviction and persistence: this user may not ask INFO; run it once with the"
                " REDIS_URL of an administrator"
            )
        ]
    return [_eviction(memory), _persistence(kept)]


def _eviction(memory: Mapping[str, Any]) -> Finding:
    policy, most = memory.get("maxmemory_policy", "noeviction"), int(memory.get("maxmemory", 0))
    bound = f"maxmemory {most // 2**20} MiB" if most else "no maxmemory"
    if policy != "noeviction":
        return failure(
            f"it evicts ({policy}, {bound}): a job or a piece of an answer may vanish silently",
            "CONFIG SET maxmemory-policy noeviction, and the same in its configuration.",
        )
    if not most:
        return warning(
            "it has no maxmemory: the store can't see when to make room, until the machine is full",
            "CONFIG SET maxmemory 512mb, or what docs/guides/postgres-and-redis.md counts up.",
        )
    used = int(memory.get("used_memory", 0))
    if used > most * _FULL:
        return warning(f"{used * 100 // most} % of {bound} is used", "Give it more memory.")
    return ok(f"it evicts nothing ({bound})")


def _persistence(kept: Mapping[str, Any]) -> Finding:
    if str(kept.get("aof_enabled", "0")) == "1":
        return ok("it writes what it has to an append-only file")
    return warning(
        "it has no append-only file: after its restart, viewers of running answers start over",
        "Set appendonly yes and appendfsync everysec. No accepted turn is lost either way.",
    )


PROBE = Probe(Kind.SERVERS, look)
