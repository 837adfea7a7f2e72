"""A compose project on an engine: up, down, and what can be done to its services."""

import asyncio
import contextlib
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from turnstream.conformance import requests

from tests.containers.engine import Engine
from tests.support.chat_client import ChatClient, StreamBroken

OURS = ("store", "tools", "agent-worker", "gateway")
EVERYTHING = ("valkey", "postgres", *OURS)
COUNTED = 600
"""How far an answer counts: some ten seconds, so that much can happen in its middle."""
_RUNNING = """
import urllib.request as r
lines = r.urlopen("http://127.0.0.1:8080/metrics").read().decode().splitlines()
print(sum(float(each.split()[1]) for each in lines if each.startswith("turnstream_turns_running ")))
"""


def copy_checkout(source: Path, target: Path) -> None:
    """What git knows of a checkout, or would take; nobody's `.env` is among it."""
    listed = [
        "git",
        "-C",
        str(source),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    files = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    for each in filter(None, files):
        if (source / each).is_file():
            (target / each).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / each, target / each)


@dataclass(frozen=True)
class Deployment:
    """A compose project in a folder of the engine's."""

    engine: Engine
    folder: str
    project: str
    port: int

    @property
    def url(self) -> str:
        """Where its gateway is published."""
        return f"http://127.0.0.1:{self.port}"

    def compose(self, *words: str, check: bool = True, env: Mapping[str, str] | None = None) -> str:
        """Give a command of `docker compose`."""
        command = ("compose", "--project-name", self.project, "--progress", "plain", *words)
        return self.engine.docker(*command, inside=self.folder, check=check, env=env)

    def up(self, *options: str) -> None:
        """Start it, and return when everything is healthy."""
        try:
            self.compose("up", "--detach", "--wait", *options)
        except AssertionError as failure:
            logs = self.compose("logs", "--tail", "20", check=False)
            raise AssertionError(f"{failure}\n{self.compose('ps', '-a')}\n{logs}") from None

    def containers(self, service: str, *options: str) -> list[str]:
        """The ids of a service's containers."""
        return self.compose("ps", "--quiet", *options, service).split()

    def run(self, container: str, *words: str, check: bool = True) -> str:
        """Run a command in a container."""
        return self.engine.docker("exec", container, *words, check=check)

    def all_healthy(self, services: Sequence[str] = EVERYTHING) -> bool:
        """Whether each container of them says so."""
        ids = [each for name in services for each in self.containers(name, "--all")]
        state = "{{.State.Health.Status}}"
        said = self.engine.docker("inspect", "--format", state, *ids, check=False).split()
        return len(ids) >= len(services) and set(said) == {"healthy"}

    def busy_worker(self) -> str:
        """The container that runs a turn."""
        for each in self.containers("agent-worker"):
            if float(self.run(each, "python", "-c", _RUNNING)) > 0:
                return each
        raise AssertionError("no worker runs a turn")

    def crash(self, *containers: str) -> None:
        """Kill every process in them at once, as an engine or a machine that crashes does."""
        # Docker's init is spared by the kernel, and ends with its child.
        words = [*self.engine.command, "docker", "exec"]
        killing = [
            subprocess.Popen([*words, each, "sh", "-c", "kill -9 -1"]) for each in containers
        ]
        for each in killing:
            each.wait(30)


@contextlib.asynccontextmanager
async def counting(deployment: Deployment) -> AsyncIterator[None]:
    """An answer that counts, begun before the block. Behind it all of it must have come, once."""
    async with ChatClient(deployment.url, resumable=True, timeout=300) as client:
        request = requests.message(f"Please count to {COUNTED}", None)
        async with client.stream(*request) as turn:
            await turn.until_type("thread.item.updated")
            following = asyncio.create_task(_to_the_end(client, turn.to_end()))
            yield
            await following
        assert client.ended == "completed"
        assert numbers(client) == list(range(1, COUNTED + 1))


async def _to_the_end(client: ChatClient, answer: object) -> None:
    try:
        await answer  # type: ignore[misc]
    except StreamBroken:
        await client.see_through()


def numbers(client: ChatClient) -> list[int]:
    """Those that the answer on display has."""
    [answer] = client.items_of_type("assistant_message")
    text = "".join(part["text"] for part in answer["content"])
    return [int(each) for each in re.findall(r"\d+", text)]
