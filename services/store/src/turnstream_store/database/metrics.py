"""What the store counts of its connections to Postgres.

`pool` says for whom a pool is: `tenants`, or `everyone` (claims, leases, sweeps, operators). `kind`
says what runs on it: `statements` (those of every turn) or `sessions` (all others).
"""

from prometheus_client import Gauge, Histogram

WAIT = Histogram(
    "turnstream_database_pool_wait_seconds",
    "How long a request waited for a connection to Postgres, or for a new one to be made.",
    ["pool", "kind"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
USED = Gauge(
    "turnstream_database_connections_used",
    "Connections to Postgres that are in use.",
    ["pool", "kind"],
)
MOST = Gauge(
    "turnstream_database_connections_max",
    "Connections to Postgres that this store may have.",
    ["pool", "kind"],
)
