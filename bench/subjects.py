"""What is measured: a running server, its processes, and what they cost."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from devstack.files import Files
from devstack.ports import free_port
from devstack.services import Service, ServiceSpec
from devstack.stack import Stack
from redis import Redis
from turnstream import topology

from devstack import processes

ASSISTANT = "agent_worker.assistants.example:create"


@dataclass
class Subject:
    """A server under test."""

    name: str
    ports: list[int]
    pids: list[int]
    """Of its processes, their children not counted in."""
    redis_url: str = ""
    _known: dict[int, float] = field(default_factory=dict)

    def cpu(self) -> float:
        """Seconds of processor time that all processes of it have used, their children too."""
        for process in (each for pid in self.pids for each in processes.family(pid)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            self._known[process.pid] = times.user + times.system
        return sum(self._known.values())

    def log_bytes(self) -> list[int]:
        """Redis memory of each turn's log."""
        if not self.redis_url:
            return []
        pattern = topology.log_key("*").replace("{", "\\{").replace("}", "\\}")
        with Redis.from_url(self.redis_url) as redis:
            keys = redis.scan_iter(match=pattern, count=1000)
            return [int(redis.memory_usage(key, samples=0) or 0) for key in keys]


@contextmanager
def stock(data_dir: Path, settings: Mapping[str, str]) -> Iterator[Subject]:
    """The stock server under uvicorn."""
    port = free_port()
    command = (sys.executable, "-m", "uvicorn", "bench.stock_app:app", "--log-level", "warning")
    spec = ServiceSpec("stock", (*command, "--port", str(port)))
    service = Service(spec, 1, port, settings, Files(data_dir))
    service.start()
    try:
        yield Subject("stock", [port], [service.pid])
    finally:
        service.stop()


@contextmanager
def turnstream(data_dir: Path, settings: Mapping[str, str], workers: int) -> Iterator[Subject]:
    """Everything of ours, Postgres and Redis too."""
    env = {**settings, "ASSISTANT": ASSISTANT}
    with Stack(data_dir, workers=workers, env=env) as stack:
        ports = [int(url.rsplit(":", 1)[1]) for url in stack.gateway_urls]
        pids = [child.pid for child in stack.children]
        yield Subject("turnstream", ports, pids, stack.redis_url)
