"""A Valkey Cluster of our own: three primaries on loopback, with a replica each if asked."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from turnstream_devstack.processes.leftovers import remove_scratch, scratch_dir
from turnstream_devstack.processes.ports import free_port
from turnstream_devstack.servers.valkey import EmbeddedValkey

from tests.support.waiting import wait_until

TIMEOUT = 30.0
SLOTS = 16384
NODE_TIMEOUT = "2000"
"""Milliseconds after which a node that does not answer counts as dead."""


class ClusterNode(EmbeddedValkey):
    """A node, with the users of the others."""

    def __init__(self, data_dir: Path, users: "ClusterNode | None" = None) -> None:
        super().__init__(data_dir)
        if users is not None:
            self._password, self._passwords = users._password, users._passwords
        self.extra = {
            "appendonly": "no",
            "cluster-enabled": "yes",
            "cluster-node-timeout": NODE_TIMEOUT,
            "cluster-port": str(free_port()),
            "cluster-require-full-coverage": "no",
            "primaryauth": self._password,
            "repl-diskless-sync-delay": "0",
        }

    @property
    def address(self) -> str:
        """As the cluster and its clients call it."""
        return f"127.0.0.1:{self.port}"

    def who(self, service: str = "") -> str:
        """The user and the password of a service; by default of who may do everything."""
        return self.url_for(service).partition("//")[2].rpartition("@")[0]

    def ask(self, *command: Any) -> Any:
        """The node's answer to a command."""
        with Redis(port=self.port, password=self._password, socket_timeout=10) as client:
            return client.execute_command(*command)

    def migrate(self, target: "ClusterNode", keys: Sequence[bytes]) -> None:
        """Give keys to another node."""
        move = ("MIGRATE", "127.0.0.1", target.port, "", 0, 5000)
        self.ask(*move, "AUTH", target._password, "KEYS", *keys)

    @property
    def id(self) -> str:
        """What the nodes call it."""
        told: bytes = self.ask("CLUSTER", "MYID")
        return told.decode()


class ValkeyCluster:
    """Nodes, and what operators do with them."""

    def __init__(self, data_dir: Path, *, replicas: bool) -> None:
        first = ClusterNode(data_dir / "1")
        count = 6 if replicas else 3
        rest = [ClusterNode(data_dir / str(n), first) for n in range(2, count + 1)]
        self.nodes = [first, *rest]
        self.primaries, self.replicas = self.nodes[:3], self.nodes[3:]

    def url(self, service: str = "") -> str:
        """As `EVENTS_REDIS_URL`: two of its nodes are enough to find the others."""
        hosts = ",".join(node.address for node in self.primaries[:2])
        return f"redis+cluster://{self.primaries[0].who(service)}@{hosts}"

    def start(self) -> None:
        """Start the nodes and make them one cluster."""
        for node in self.nodes:
            node.spawn()
        for node in self.nodes:
            node.wait_ready()
        each = -(-SLOTS // len(self.primaries))
        for number, node in enumerate(self.primaries):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            slots = number * each, min(SLOTS, (number + 1) * each) - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", *slots)
        for node in self.nodes[1:]:
            bus = self.nodes[0].extra["cluster-port"]
            node.ask("CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port, bus)
        wait_until(lambda: all(map(self._knows_all, self.nodes)), TIMEOUT, "nodes that know all")
        for primary, replica in zip(self.primaries, self.replicas, strict=False):
            replica.ask("CLUSTER", "REPLICATE", primary.id)
        wait_until(self.whole, TIMEOUT, "a whole cluster")

    def stop(self) -> None:
        """Stop every node."""
        for node in self.nodes:
            node.kill(hold=True)  # their data is nobody's

    def whole(self) -> bool:
        """Whether every slot is served, and every replica is up with its primary."""
        alive = [node for node in self.nodes if node.alive]
        return all(
            _info(node).get("cluster_state") == "ok"
            and node.ask("INFO", "replication").get("master_link_status", "up") == "up"
            for node in alive
        )

    def owner(self, key: str) -> ClusterNode:
        """The primary that has a key's slot, as the first node that lives says."""
        alive = next(node for node in self.nodes if node.alive)
        slot = alive.ask("CLUSTER", "KEYSLOT", key)
        for first, last, primary, *_ in alive.ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == primary[1])
        raise LookupError(f"nobody has slot {slot}")

    def move(self, key: str, target: ClusterNode) -> None:
        """Move a key's slot with all that is in it, as `valkey-cli --cluster reshard` does."""
        source = self.owner(key)
        slot = source.ask("CLUSTER", "KEYSLOT", key)
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id)
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id)
        time.sleep(0.2)  # somebody asks meanwhile
        while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 100):
            source.migrate(target, keys)
            time.sleep(0.2)
        for node in (target, source, *self.nodes):
            with suppress(RedisError):  # replicas learn it from the others
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.id)

    def _knows_all(self, node: ClusterNode) -> bool:
        return int(_info(node).get("cluster_known_nodes", 0)) == len(self.nodes)


def _info(node: ClusterNode) -> dict[str, str]:
    lines = node.ask("CLUSTER", "INFO").decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


@contextmanager
def valkey_cluster(*, replicas: bool = False) -> Iterator[ValkeyCluster]:
    """A cluster for the length of a block."""
    scratch = scratch_dir()
    cluster = ValkeyCluster(scratch, replicas=replicas)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        remove_scratch(scratch)
