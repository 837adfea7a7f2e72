"""The system under test with all its processes, and the handles by which scenarios hurt it."""

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from redis.asyncio import Redis
from turnstream_devstack.services import Service
from turnstream_devstack.stack import Stack

from tests.chaos import answers
from tests.chaos.door import DEV, Door, a_door
from tests.chaos.fleet import replicated
from tests.chaos.servers import PLAIN, Servers, servers
from tests.chaos.tools import EFFECTS_FILE
from tests.chaos.versions import PRESENT, unpacked
from tests.support.chat_client import ChatClient
from tests.support.model_server import ModelServer
from tests.support.system.successors import is_replaced
from tests.support.waiting import wait_until_async

TIMEOUT = 90.0
"""Seconds for anything to end. Recovery is measured; this only says when to give up."""
SHORT_LEASE = "3s"
BUDGETS = {
    "USER_DAILY_TOKENS": "10000000",
    "TURN_MAX_TOKENS": "1000000",
    "TURN_MAX_TOOL_CALLS": "1000",
    "TURN_MAX_TIME": "10m",
}
"""Wide enough for every scenario: each model call is reserved and counted while things break."""


@dataclass(frozen=True)
class Shape:
    """How many processes, with which settings: scenarios of one shape share a world."""

    workers: int = 2
    gateways: int = 2
    lease: str = SHORT_LEASE
    settings: Mapping[str, str] = field(default_factory=dict)
    worker_settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Settings of single workers, by name. A `PYTHONPATH` goes before the others' own."""
    release: str | None = None
    """The commit whose code every service has at the start; of stores and tools there are two."""
    servers: str = PLAIN
    """Redis and Postgres that are more than one server each: see `tests.chaos.servers`."""
    auth: str | None = None
    """How users are known here, whatever was asked for."""

    @property
    def key(self) -> str:
        """Equal for equal shapes."""
        return repr(self)


class World:
    """A running stack, its scripted model, and what its tools did."""

    def __init__(
        self,
        stack: Stack,
        model: ModelServer,
        effects: Path,
        shape: Shape,
        door: Door,
        servers: Servers,
    ) -> None:
        self.servers = servers
        self.stack = stack
        self.model = model
        self.shape = shape
        self._effects = effects
        self._door = door
        self.release = PRESENT
        """What every service ran at the start."""
        self.notes: list[str] = []
        self.deaths: list[float] = []
        """When a process was found dead, or could not be started again."""
        stack.on_event = self._on_event

    def note(self, what: str) -> None:
        """Remember something for anyone who reads about a failed run."""
        self.notes = [*self.notes[-500:], what]

    def _on_event(self, what: str) -> None:
        self.deaths.append(time.monotonic())
        self.note(what)

    @contextlib.asynccontextmanager
    async def tab(
        self,
        user: str | None = None,
        *,
        gateway: int = 0,
        resumable: bool = True,
        credentials: Mapping[str, str] | None = None,
    ) -> AsyncIterator[ChatClient]:
        """A browser tab of a user, by default of a new one, with credentials of its own."""
        url = self.stack.gateway_urls[gateway]
        name = user or f"user-{uuid.uuid4().hex[:8]}"
        async with ChatClient(
            url,
            name,
            resumable=resumable,
            timeout=TIMEOUT,
            credentials=credentials or await self._door.headers(name),
        ) as client:
            yield client

    async def credentials(self, user: str) -> Mapping[str, str]:
        """What several tabs of a user send along: of one session, where users have sessions."""
        return await self._door.headers(user)

    async def query(self, sql: str, *values: Any) -> list[Any]:
        """Rows straight from the database, whatever the services say."""
        url = self.stack.database_url.replace("postgresql+asyncpg", "postgresql")
        connection = await asyncpg.connect(
            url, timeout=10, server_settings={"search_path": "turnstream, public"}
        )
        try:
            return list(await connection.fetch(sql, *values, timeout=10))
        finally:
            await connection.close()

    async def turn(self, turn_id: str) -> Any:
        """A turn's row."""
        rows = await self.query("SELECT * FROM turns WHERE id = $1", turn_id)
        return rows[0] if rows else None

    async def holder(self, turn_id: str) -> Service | None:
        """The worker that runs a turn, once one does; None when the turn is over."""

        async def claimed() -> Any:
            row = await self.turn(turn_id)
            return row if row["status"] != "queued" else None

        row = await wait_until_async(claimed, TIMEOUT, f"turn {turn_id} claimed")
        return self.stack.service(row["worker"]) if row["status"] == "running" else None

    def effects_of(self, turn_id: str) -> list[tuple[str, str]]:
        """Every effect that tools had in a turn: tool and call."""
        lines = self._effects.read_text().splitlines() if self._effects.exists() else []
        parts = [line.split() for line in lines]
        return [(tool, key) for turn, tool, key in parts if turn == turn_id]

    async def redis(self, *command: str) -> Any:
        """The answer of the stack's Redis to a command."""
        client = Redis.from_url(self.stack.redis_url, socket_timeout=10)
        try:
            return await client.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py
        finally:
            await client.aclose()

    async def metric(self, service: str, name: str) -> float:
        """A number from a service's metrics; 0 when it has none of that name."""
        url = f"{self.stack.service(service).url}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    async def replaced(self, service: Service, pid: int) -> None:
        """Wait until a service is ready again in another process than this one."""

        async def asked() -> bool:
            return await asyncio.to_thread(is_replaced, service, pid)

        await wait_until_async(asked, TIMEOUT, f"{service.name} back")

    async def whole(self) -> None:
        """Wait until every process is up and ready, the second worker too."""
        ready = lambda: all(child.alive and child.is_ready() for child in self.stack.children)  # noqa: E731

        async def asked() -> bool:
            return await asyncio.to_thread(ready)

        await wait_until_async(asked, TIMEOUT, "every process ready")


@contextlib.contextmanager
def a_world(data_dir: Path, shape: Shape, auth: str = DEV) -> Iterator[World]:
    """Start a world, and stop it after the block. Its logs stay in `data_dir`."""
    effects = data_dir / "effects.txt"
    release = unpacked(shape.release, data_dir / "release") if shape.release else PRESENT
    with (
        ModelServer(answers.script()).in_thread() as model,
        a_door(shape.auth or auth) as door,
        servers(shape.servers, data_dir) as around,
    ):
        env = {
            "ASSISTANT": "tests.chaos.assistant:create",
            "TOOLS": "tests.chaos.tools",
            "PYTHONPATH": release.before(os.environ.get("PYTHONPATH", "")),
            "OPENAI_BASE_URL": model.base_url,
            "OPENAI_API_KEY": "test",
            "MODEL": "scripted",
            "LEASE": shape.lease,
            "TOOL_LEASE": shape.lease,
            "KEEP_ALIVE": "75s",  # no client asks over a connection that is just being closed
            EFFECTS_FILE: str(effects),
            **BUDGETS,
            **door.settings,
            **around.settings,
            **shape.settings,
        }
        stack = Stack(
            data_dir,
            workers=shape.workers,
            gateways=shape.gateways,
            env=env,
            redis_url=around.redis_url,
            database_url=around.database_url,
        )
        # Made before the start: it hears of every death.
        world = World(stack, model, effects, shape, door, around)
        world.release = release
        with replicated(stack) if shape.release else stack:
            door.open(stack)
            _set_apart(stack, shape)
            yield world


def _set_apart(stack: Stack, shape: Shape) -> None:
    """Start single workers again with settings of their own."""
    for name, settings in shape.worker_settings.items():
        worker = stack.service(name)
        worker.stop()
        first = filter(None, [settings.get("PYTHONPATH"), worker._env.get("PYTHONPATH")])
        worker._env = {**worker._env, **settings, "PYTHONPATH": os.pathsep.join(first)}
        worker.start()
