"""The services of a stack: what they are, and one running instance of one."""

import http.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from turnstream_devstack.environment import prefixed
from turnstream_devstack.files import Files
from turnstream_devstack.processes.child import Child
from turnstream_devstack.processes.spawning import PYTHON_MODULE, Launch

_ASK = timedelta(seconds=2)
"""How long to wait for an answer: a busy service may be slow, a frozen one never answers."""


_OF_ALL = (
    "pydantic_settings",
    "aiohttp",
    "babel.support",
    "cryptography.fernet",
    "fastapi",
    "faststream.prometheus",
    "faststream.redis",
    "httpx2",
    "obstore.store",
    "opentelemetry.trace",
    "redis.asyncio.cluster",
    "stamina",
    "structlog",
    "uvicorn",
)
"""Libraries that all services import. One that is missing here is only imported later."""
_OF_STORE = (*_OF_ALL, "asyncpg", "sqlmodel.ext.asyncio.session")
_OF_GATEWAY = (*_OF_ALL, "jwt")
_OF_WORKER = (*_OF_ALL, "openai", "agents", "mcp", "chatkit.agents")


@dataclass(frozen=True)
class ServiceSpec:
    """One kind of service, as the supervisor needs to know it."""

    name: str
    command: Sequence[str]
    port_setting: Literal["PORT", "HEALTH_PORT"] = "HEALTH_PORT"
    """The setting that takes its port; `GET /ready` is asked there."""
    role: Literal["mcp", "store", "single", "worker", "gateway"] = "single"
    """How many run, and which settings they get: only the store gets the database's URL."""
    libraries: Sequence[str] = ()
    """What it imports first of all, if its command is one of `PYTHON_MODULE`."""


TURNSTREAM: Sequence[ServiceSpec] = (
    ServiceSpec("store", (*PYTHON_MODULE, "turnstream_store"), "PORT", "store", _OF_STORE),
    ServiceSpec("tools", (*PYTHON_MODULE, "turnstream_tools"), libraries=_OF_ALL),
    ServiceSpec(
        "agent-worker", (*PYTHON_MODULE, "turnstream_worker"), role="worker", libraries=_OF_WORKER
    ),
    ServiceSpec("gateway", (*PYTHON_MODULE, "turnstream_gateway"), "PORT", "gateway", _OF_GATEWAY),
)
"""Stopping goes from the last to the first."""

WITH_GUIDE_MCP: Sequence[ServiceSpec] = (
    ServiceSpec(
        "guide-mcp",
        (*PYTHON_MODULE, "turnstream_guide.demo_mcp_server", "http"),
        "PORT",
        "mcp",
        (*_OF_ALL, "mcp"),
    ),
    *TURNSTREAM,
)
"""The same with a small MCP server of the guide's, which the workers connect to."""

SETTINGS_CHECK = (*PYTHON_MODULE, "turnstream_devstack.settings_check")
"""Ends with `EX_CONFIG`, and a line for each setting that no service could start with."""

SETTINGS_LIBRARIES = ("pydantic_settings",)
"""What that imports first of all."""

MIGRATION = (*PYTHON_MODULE, "turnstream_store", "migrate")


class Service(Child):
    """One instance of a service, such as `agent-worker-2`. It keeps its port across restarts."""

    def __init__(
        self, spec: ServiceSpec, number: int, port: int, env: Mapping[str, str], files: Files
    ) -> None:
        name = f"{spec.name}-{number}"
        super().__init__(name, log=files.log(name), pid_file=files.pid(name))
        self.spec = spec
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        # A port of its own is for containers: here one would be everybody's.
        own = {"INSTANCE": name, "HEALTH_PORT": "", spec.port_setting: str(port)}
        self._env = {**env, **own, **prefixed(**own)}

    def start(self) -> None:
        """Start the service and return when it is ready."""
        self.spawn()
        self.wait_ready()

    def restart(self) -> None:
        """Stop the service in order, start it again on the same port, return when it is ready."""
        self.stop()
        self.start()

    def launch(self) -> Launch:
        """The service's command line."""
        return Launch(self.spec.command, env=self._env, libraries=self.spec.libraries)

    def is_ready(self) -> bool:
        """Whether `GET /ready` answers 200."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=_ASK.total_seconds()
        )
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Migration(Child):
    """The program that brings the database's schema up to date, and then ends."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], files: Files) -> None:
        super().__init__("migration", log=files.log("migrate"))
        self._launch = Launch(command, env=env)

    def launch(self) -> Launch:
        """Its command line."""
        return self._launch

    def is_ready(self) -> bool:
        """Whether it has ended well."""
        return self.exit_code == 0
