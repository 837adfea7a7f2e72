"""The services of a stack: what they are, and one running instance of one."""

import http.client
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from turnstream_devstack.files import Files
from turnstream_devstack.processes.child import Child
from turnstream_devstack.processes.leash import Launch
from turnstream_devstack.surroundings import prefixed

_ASK = timedelta(seconds=2)
"""How long to wait for an answer: a busy service may be slow, a frozen one never answers."""


@dataclass(frozen=True)
class ServiceSpec:
    """One kind of service, as the supervisor needs to know it."""

    name: str
    command: Sequence[str]
    port_setting: Literal["PORT", "HEALTH_PORT"] = "HEALTH_PORT"
    """The setting that takes its port; `GET /ready` is asked there."""
    role: Literal["store", "single", "worker", "gateway"] = "single"
    """How many run, and which settings they get: only the store gets the database's URL."""


def _module(name: str) -> Sequence[str]:
    # Not with the current folder first, where a file of an app could hide what a service needs: it
    # is on PYTHONPATH, which services look at last.
    return (sys.executable, "-P", "-m", name)


TURNSTREAM: Sequence[ServiceSpec] = (
    ServiceSpec("store", _module("turnstream_store"), "PORT", "store"),
    ServiceSpec("tools", _module("turnstream_tools")),
    ServiceSpec("agent-worker", _module("turnstream_worker"), role="worker"),
    ServiceSpec("gateway", _module("turnstream_gateway"), "PORT", "gateway"),
)
"""Stopping goes from the last to the first."""

SETTINGS_CHECK = _module("turnstream_devstack.settings_check")
"""Ends with `EX_CONFIG`, and a line for each setting that no service could start with."""

MIGRATION = (*_module("turnstream_store"), "migrate")


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
        return Launch(self.spec.command, env=self._env)

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
