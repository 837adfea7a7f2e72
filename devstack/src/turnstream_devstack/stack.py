"""A whole Turnstream on this machine: what `make up` runs, and what tests of the system start."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, count, groupby
from pathlib import Path
from typing import Self

from turnstream_devstack.environment import ServiceEnvironment, prefixed, sqlalchemy_url
from turnstream_devstack.files import AlreadyInUse, Files
from turnstream_devstack.options import Options, is_on, setting
from turnstream_devstack.processes.child import (
    EX_CONFIG,
    START_TIMEOUT,
    Child,
    StartFailed,
    last_log_line,
    tail,
)
from turnstream_devstack.processes.forking import ForkServer
from turnstream_devstack.processes.keeper import POLL_INTERVAL, Keeper
from turnstream_devstack.processes.ports import free_port, is_free
from turnstream_devstack.processes.waiting import wait_until
from turnstream_devstack.servers.postgres import EmbeddedPostgres
from turnstream_devstack.servers.valkey import EmbeddedValkey
from turnstream_devstack.services import MIGRATION, TURNSTREAM, Migration, Service, ServiceSpec

_REDIS, _POSTGRES = "redis://127.0.0.1", "postgresql+asyncpg://127.0.0.1"
"""Addresses of the kinds that a stack's own servers will have."""

READY_TIMEOUT = timedelta(minutes=5)
"""How long new code may take to get ready: what it is to replace goes on meanwhile."""
STOP_TIMEOUT = timedelta(minutes=10)
"""How long a service that was replaced may take to end: its own `DRAIN` is over sooner."""


def _silent(*_: object) -> None:
    pass


@dataclass
class Stack:
    """Start it, use its addresses, kill its services, stop it.

    `with Stack(tmp_path) as stack:` starts and stops it. Nothing of it outlives this process. Given
    `redis_url` or `database_url`, it uses those servers instead of its own and leaves them alone.
    """

    data_dir: Path
    port: int = 0
    """The first gateway's, the others follow; 0 means any free ones."""
    workers: int = 2
    gateways: int = 1
    env: Mapping[str, str] = field(default_factory=dict)
    """Settings for the services, on top of our own environment."""
    redis_url: str = ""
    redis_memory: str = Options.redis_memory
    """`maxmemory` of our own Valkey."""
    database_url: str = ""
    one_worker_first: bool = False
    """Whether the other workers are started only when a turn can be served: it can be sooner, where
    all of them would share few cores."""
    restart: bool = True
    """Whether a part that dies is started again."""
    timeout: timedelta = START_TIMEOUT
    """How long the migration may take, and then the services until they are ready."""
    durable: bool = False
    """Whether the data of our own servers should survive the machine too."""
    specs: Sequence[ServiceSpec] = TURNSTREAM
    migration: Sequence[str] | None = MIGRATION
    on_stage: Callable[[str, timedelta], None] = _silent
    """Told of each finished stage of `start`, and how long it took."""
    on_event: Callable[[str], None] = _silent
    """Told of deaths and restarts."""

    def __post_init__(self) -> None:
        self.data_dir = self.data_dir.absolute()
        self.files = Files(self.data_dir)
        self.services: dict[str, Service] = {}
        self.valkey = None if self.redis_url else self._own_valkey()
        self.postgres = None if self.database_url else self._own_postgres()
        self._store_port = free_port()
        self._store_url = f"http://127.0.0.1:{self._store_port}"
        self._mcp_port = free_port()
        self._forks: ForkServer | None = None
        self._keeper: Keeper | None = None
        self._interrupted = threading.Event()
        self._beside: list[Service] = []
        """Services that are tried, or that end what they do, while others have their place."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def gateway_urls(self) -> list[str]:
        """Where to reach each gateway."""
        return [s.url for s in self.services.values() if s.spec.role == "gateway"]

    @property
    def auth(self) -> list[str]:
        """How users are known: the words of `AUTH`."""
        given = setting({**os.environ, **self.env}, "AUTH")
        return (given or "dev").replace(",", " ").split()

    @property
    def has_console(self) -> bool:
        """Whether the gateways show the operators' page."""
        return is_on({**os.environ, **self.env}, "CONSOLE")

    @property
    def internal_key(self) -> str:
        """What the services ask of each other: `INTERNAL_KEY`, else a key made once and kept."""
        return self._given_key or self.files.secret("internal-key")

    @property
    def children(self) -> list[Child]:
        """Every process of the stack, in the order of starting."""
        services = [*self.services.values(), *self._beside]
        kinds = [spec.name for spec in self.specs]
        return [*self._servers, *sorted(services, key=lambda each: kinds.index(each.spec.name))]

    @property
    def _servers(self) -> list[Child]:
        return [server for server in (self.valkey, self.postgres) if server is not None]

    def settings(self) -> dict[str, str]:
        """The environment of a service that gets everything, for a check before any is started."""
        around = self._environment(stand_in="-" * 32)  # none is made for a start that may fail
        redis, database = self.redis_url or _REDIS, around.database_url or _POSTGRES
        return around.for_gateway() | prefixed(REDIS_URL=redis, DATABASE_URL=database)

    def service(self, name: str) -> Service:
        """A part by its name, such as `agent-worker-1`."""
        return self.services[name]

    @property
    def fork_server(self) -> ForkServer:
        """What starts processes. From its first use on it imports what they will."""
        if self._forks is None:
            libraries = dict.fromkeys(chain.from_iterable(each.libraries for each in self.specs))
            self._forks = ForkServer(libraries, self.settings())
        return self._forks

    def start(self) -> None:
        """Return when a turn can be served. If that fails, stop what was started and say why."""
        stages = {
            "servers": self._start_servers,
            "migration": self._migrate,
            "services": self._start_services,
        }
        try:
            self._claim()
            for name, stage in stages.items():
                began = time.monotonic()
                stage()
                self.on_stage(name, timedelta(seconds=time.monotonic() - began))
        except BaseException:
            self.stop()
            raise

    def interrupt(self) -> None:
        """Make a `start` under way raise `WaitCancelled`; for signal handlers."""
        self._interrupted.set()

    def stop(self) -> None:
        """Stop everything, last started first, those of one kind together. Safe to repeat."""
        if self._keeper is not None:
            self._keeper.stop()
        for _, kind in groupby(reversed(self.children), key=_kind):
            together = list(kind)
            for child in together:
                child.ask_to_stop()
            for child in together:
                child.wait_stopped()
        self.services.clear()
        if self._forks is not None:
            self._forks.close()
            self._forks = None
        self.files.release()

    def kill_services(self) -> None:
        """Cut a `stop` short that waits for services. The servers still end in order."""
        for service in (*self.services.values(), *self._beside):
            service.kill(hold=True)

    def add_worker(self) -> Service:
        """Start one more agent-worker; return it when it is ready."""
        worker = self._one_more(next(spec.name for spec in self.specs if spec.role == "worker"))
        worker.start()
        self.services[worker.name] = worker
        return worker

    def replace(self, kind: str) -> None:
        """Run new processes instead of those of a kind, such as `agent-worker`.

        One is started first. If it does not get ready, `StartFailed` says why and nothing has
        changed. Otherwise it takes new work, and the earlier ones end after their current work or
        hand it back. At least one is ready at any time.

        Only one thread may call it. The keeper's thread restarts what is in `services`: a process
        is added after its start, and asked to stop before it is removed.
        """
        earlier = [each for each in self.services.values() if each.spec.name == kind]
        self._try(self._one_more(kind))
        for each in earlier:
            self._let_end(each)
        for _ in earlier[1:]:
            another = self._one_more(kind)
            another.spawn()
            self.services[another.name] = another

    def _try(self, service: Service) -> None:
        self._beside.append(service)
        try:
            service.spawn()
            service.wait_ready(READY_TIMEOUT, cancelled=self._interrupted)
            self.services[service.name] = service
        except StartFailed as failure:
            if service.exit_code == EX_CONFIG:
                raise StartFailed(last_log_line(service.log)) from failure
            raise
        finally:
            if service.name not in self.services:
                service.kill(hold=True)
                service.forget()
            self._beside.remove(service)

    def remove(self, service: Service, grace: timedelta) -> None:
        """Take a service out, without waiting: SIGTERM, and SIGKILL if it lasts beyond `grace`."""
        self._let_end(service, grace)

    def _let_end(self, service: Service, grace: timedelta = STOP_TIMEOUT) -> None:
        self._beside.append(service)
        service.ask_to_stop()
        del self.services[service.name]

        def wait_and_drop() -> None:
            service.wait_stopped(grace)
            self._beside.remove(service)

        threading.Thread(target=wait_and_drop, name=f"{service.name} ends", daemon=True).start()

    def _one_more(self, kind: str) -> Service:
        """A service of a kind under the first number that is free."""
        spec = next(each for each in self.specs if each.name == kind)
        taken = {*self.services, *(each.name for each in self._beside)}
        return self._service(spec, next(each for each in count(1) if f"{kind}-{each}" not in taken))

    def _own_valkey(self) -> EmbeddedValkey:
        return EmbeddedValkey(
            self.data_dir / "valkey",
            durable=self.durable,
            memory=self.redis_memory,
            log=self.files.log("valkey"),
            pid_file=self.files.pid("valkey"),
        )

    def _own_postgres(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(
            self.data_dir / "postgres",
            durable=self.durable,
            log=self.files.log("postgres"),
            pid_file=self.files.pid("postgres"),
        )

    def _claim(self) -> None:
        self.files.claim()
        for service_port in range(self.port, self.port + self.gateways) if self.port else ():
            if not is_free(service_port):
                raise AlreadyInUse(f"port {service_port} is in use: set PORT to another one")

    def _start_servers(self) -> None:
        for server in self._servers:
            server.fork_server = self.fork_server  # begins to import what services will
            server.spawn()
        for server in self._servers:
            server.wait_ready(cancelled=self._interrupted)
        if self.valkey is not None:
            self.redis_url = self.valkey.url
        if self.postgres is not None:
            self.database_url = self.postgres.url
        self.files.tell("redis", self.redis_url)
        self.files.tell("postgres", self.database_url)
        self.files.tell("store", self._store_url)
        self.files.tell("internal", self.internal_key.partition(",")[0].strip(), "key")

    def _migrate(self) -> None:
        """Bring the database up to date; libraries are imported meanwhile."""
        if self.migration is None:
            return
        migration = Migration(self.migration, self._environment("store").for_store(), self.files)
        migration.spawn()
        try:
            wait_until(lambda: not migration.alive, self.timeout, cancelled=self._interrupted)
        finally:
            migration.kill(hold=True)  # does nothing to one that has ended
        if not migration.is_ready():
            last_lines = tail(migration.log)
            raise StartFailed(f"migration: ended with {migration.exit_code}\n{last_lines}")

    def _start_services(self) -> None:
        self._spawn_services(min(self.workers, 1) if self.one_worker_first else self.workers)
        self._keeper = Keeper(self._tended, restart=self.restart, note=self.on_event)
        self._keeper.start()
        if not wait_until(
            self._can_serve, self.timeout, cancelled=self._interrupted, every=POLL_INTERVAL
        ):
            raise StartFailed(f"not ready in {self.timeout}\n{self._unready_report()}")
        self._spawn_services(self.workers)
        if self.gateway_urls:
            self.files.tell("gateway", self.gateway_urls[0])

    def _spawn_services(self, workers: int) -> None:
        """Start those that are not there yet."""
        counts = {"worker": workers, "gateway": self.gateways}
        for spec in self.specs:
            for number in range(1, 1 + counts.get(spec.role, 1)):
                service = self._service(spec, number)
                if service.name not in self.services:
                    self.services[service.name] = service
                    service.spawn()
        kinds = [spec.name for spec in self.specs]
        ordered = sorted(self.services.items(), key=lambda each: kinds.index(each[1].spec.name))
        self.services = dict(ordered)

    def _tended(self) -> list[Child]:
        """What the keeper brings back: not those that are tried, nor those that may end."""
        return [*self._servers, *list(self.services.values())]

    def _can_serve(self) -> bool:
        """Whether a turn can be served: one worker is enough, of the rest all are needed."""
        services = list(self.services.values())
        for service in services:
            if service.exit_code == EX_CONFIG:
                raise StartFailed(f"{service.name}: {last_log_line(service.log)}")
        if not self.restart and not all(service.alive for service in services):
            raise StartFailed(f"a service ended\n{self._unready_report()}")
        workers = [service for service in services if service.spec.role == "worker"]
        others = [service for service in services if service.spec.role != "worker"]
        return all(s.is_ready() for s in others) and (
            not workers or any(s.is_ready() for s in workers)
        )

    def _unready_report(self) -> str:
        late = [service for service in self.services.values() if not service.is_ready()]
        return "\n".join(f"{service.name}, {service.log}:\n{tail(service.log)}" for service in late)

    @property
    def _given_key(self) -> str:
        return setting({**os.environ, **self.env}, "INTERNAL_KEY")

    def _environment(self, service: str = "", stand_in: str = "") -> ServiceEnvironment:
        """`stand_in` is used for secrets that nobody gave, instead of making some."""
        return ServiceEnvironment(
            settings=self.env,
            data_dir=self.data_dir,
            redis_url=self.valkey.url_for(service) if self.valkey else self.redis_url,
            database_url=sqlalchemy_url(self.database_url),
            store_url=self._store_url,
            signing_key=stand_in or self.files.secret("url-signing-key"),
            credential_key=stand_in or self.files.secret("credential-key"),
            database_is_ours=self.postgres is not None,
            internal_key=self._given_key or stand_in or self.internal_key,
        )

    def _service(self, spec: ServiceSpec, number: int) -> Service:
        around = self._environment(spec.name)
        match spec.role:
            case "store":
                port, env = self._store_port, around.for_store()
            case "gateway":
                port = self.port + number - 1 if self.port else free_port()
                env = around.for_gateway()
            case "worker":
                tools = any(each.name == "tools" for each in self.specs)
                mcp = any(each.role == "mcp" for each in self.specs)
                mcp_url = f"http://127.0.0.1:{self._mcp_port}/mcp" if mcp else None
                port, env = free_port(), around.for_worker(tools=tools, mcp_url=mcp_url)
            case "mcp":
                port, env = self._mcp_port, around.common()
            case "single":
                port, env = free_port(), around.common()
        service = Service(spec, number, port, env, self.files)
        service.fork_server = self.fork_server
        return service


def _kind(child: Child) -> str:
    return child.spec.name if isinstance(child, Service) else child.name
