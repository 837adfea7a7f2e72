"""Redis and Postgres as deployments run them: clusters, several servers, standbys."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from turnstream_devstack.servers import EmbeddedValkey

from tests.support.servers.sentinels import watched_valkey
from tests.support.servers.standby import postgres_pair
from tests.support.servers.valkey_cluster import valkey_cluster

LOGS = "EVENTS_REDIS_URLS"
PLAIN = ""
CLUSTER = "cluster"
"""Event logs on three primaries with a replica each."""
BARE_CLUSTER = "bare cluster"
"""Event logs on three primaries without replicas."""
SHARDS = "shards"
"""Event logs on two servers that know nothing of each other, with a third one to come."""
STANDBY = "standby"
"""A Postgres whose standby has what was committed."""
SENTINELS = "sentinels"
"""One Redis for everything with a replica, and Sentinels that watch over them."""


@dataclass(frozen=True)
class Servers:
    """What there is besides a stack's own servers."""

    settings: Mapping[str, str] = field(default_factory=dict)
    """Of every service."""
    redis_url: str = ""
    database_url: str = ""
    handles: Any = None
    """By which a scenario hurts them."""


@contextlib.contextmanager
def servers(kind: str, data_dir: Path) -> Iterator[Servers]:
    """Servers of a kind, for the length of a block."""
    with contextlib.ExitStack() as stack:
        if kind in (CLUSTER, BARE_CLUSTER):
            cluster = stack.enter_context(valkey_cluster(replicas=kind == CLUSTER))
            yield Servers({"EVENTS_REDIS_URL": cluster.url()}, handles=cluster)
        elif kind == SHARDS:
            shards = [EmbeddedValkey(data_dir / f"shard-{number}") for number in range(3)]
            for each in shards:
                stack.callback(each.kill, hold=True)
                each.start()
            urls = [each.url for each in shards]
            yield Servers({LOGS: ",".join(urls[:2])}, handles=urls)
        elif kind == SENTINELS:
            watched = stack.enter_context(watched_valkey())
            yield Servers(redis_url=watched.url(), handles=watched)
        elif kind == STANDBY:
            pair = stack.enter_context(postgres_pair())
            yield Servers(database_url=pair.url, handles=pair)
        else:
            yield Servers()
