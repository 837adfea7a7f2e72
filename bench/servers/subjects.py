"""What is measured: a running server, its processes, and what they cost."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from turnstream_devstack.files import Files
from turnstream_devstack.processes import signals
from turnstream_devstack.processes.ports import free_port
from turnstream_devstack.services import TURNSTREAM, Service, ServiceSpec
from turnstream_devstack.stack import Stack

ASSISTANT = "turnstream_worker.assistants.example:create"
Settings = Mapping[str, str]


@dataclass
class Subject:
    """A server under test."""

    name: str
    ports: tuple[int, ...]
    pids: dict[str, int]
    """The ids of its processes by their names, such as `agent-worker-1`; their children belong
    to them."""
    stack: Stack | None = None
    _known: dict[tuple[str, int], float] = field(default_factory=dict)

    def cpu(self) -> float:
        """Seconds of processor time that all of it has used."""
        return sum(self.cpu_by_kind().values())

    def cpu_by_kind(self) -> dict[str, float]:
        """The same, by kind of process, such as `agent-worker`."""
        for name, pid in self.pids.items():
            for process in signals.family(pid):
                try:
                    times = process.cpu_times()
                except psutil.NoSuchProcess:
                    continue
                kind = name.rstrip("-0123456789")
                self._known[kind, process.pid] = times.user + times.system
        used: defaultdict[str, float] = defaultdict(float)
        for (kind, _), seconds in self._known.items():
            used[kind] += seconds
        return used


@contextmanager
def http_model(data_dir: Path) -> Iterator[Settings]:
    """The scripted model in a process of its own, and the settings that lead there."""
    with _running("model", ("-m", "bench.servers.model"), data_dir, _ours({})) as model:
        yield _ours(
            {
                "OPENAI_BASE_URL": f"{model.url}/v1",
                "OPENAI_API_KEY": "of-the-bench",
                "MODEL_API": "responses",
            }
        )


def demo_model(pace_ms: int) -> Settings:
    """Settings for the model that answers inside each server's own process."""
    settings = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "DEMO_TOKEN_DELAY": f"{pace_ms}ms"}
    return _ours(settings)


@contextmanager
def stock(data_dir: Path, settings: Settings) -> Iterator[Subject]:
    """The stock server under uvicorn."""
    command = ("-m", "uvicorn", "bench.servers.stock:app", "--log-level", "warning")
    with _running("stock", command, data_dir, settings, "--port") as service:
        yield Subject("stock", (service.port,), {service.name: service.pid})


@contextmanager
def turnstream(data_dir: Path, settings: Settings, workers: int) -> Iterator[Subject]:
    """All of Turnstream, with Postgres and Redis. A commit waits for the disk, as in production."""
    env = {**settings, "ASSISTANT": ASSISTANT}
    with Stack(data_dir, workers=workers, env=env, durable=True) as stack:
        ports = tuple(int(url.rsplit(":", 1)[1]) for url in stack.gateway_urls)
        pids = {child.name: child.pid for child in stack.children}
        yield Subject("turnstream", ports, pids, stack)


@contextmanager
def gateway_alone(data_dir: Path, settings: Settings | None = None) -> Iterator[Subject]:
    """A gateway, and what it needs to accept turns; the subject is the gateway's process."""
    specs = [spec for spec in TURNSTREAM if spec.role in ("store", "gateway")]
    with Stack(data_dir, specs=specs, env=settings or {}, durable=True) as stack:
        gateway = stack.service("gateway-1")
        yield Subject("gateway", (gateway.port,), {gateway.name: gateway.pid}, stack)


@contextmanager
def bare(data_dir: Path, rate: int) -> Iterator[Subject]:
    """An app that only sends, so many events a second to each, under the gateway's server."""
    command = ("-m", "uvicorn", "bench.limits.bare_app:app", "--log-level", "warning")
    settings = _ours({"BENCH_RATE": str(rate)})
    with _running("bare", command, data_dir, settings, "--port") as service:
        yield Subject("bare", (service.port,), {service.name: service.pid})


def redis_url(subject: Subject) -> str:
    """The URL of the subject's Redis. Only Turnstream has one."""
    assert subject.stack is not None
    return subject.stack.redis_url


@contextmanager
def _running(
    name: str, command: tuple[str, ...], data_dir: Path, settings: Settings, port_option: str = ""
) -> Iterator[Service]:
    port = free_port()
    option = (port_option, str(port)) if port_option else ()
    spec = ServiceSpec(name, (sys.executable, *command, *option), "PORT")
    service = Service(spec, 1, port, settings, Files(data_dir))
    service.start()
    try:
        yield service
    finally:
        service.stop()


def _ours(settings: Settings) -> Settings:
    """With what both servers get; nothing of a model that the environment may name."""
    return {
        **os.environ,
        "MODEL": "",
        "MODEL_API": "",
        "OPENAI_AGENTS_DISABLE_TRACING": "true",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
        **settings,
    }
