"""The MCP servers of this worker: connected once per process, and asked for their tools regularly.

A server that is away delays no turn: its tools are not offered until it answers again. The model is
told of a call that fails. `replay/tools.py` decides what a second attempt does about a call that
was cut off.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar

from agents import FunctionTool
from agents.mcp import MCPServerManager
from fastapi import APIRouter
from prometheus_client import Gauge
from turnstream.contracts.turns import Json
from turnstream.telemetry import get_logger

from turnstream_worker.tools.mcp.config import McpServerConfig
from turnstream_worker.tools.mcp.offers import Offers
from turnstream_worker.tools.mcp.sessions import list_tools, server_of
from turnstream_worker.tools.toolbox import toolbox

log = get_logger(__name__)

TOOLS = Gauge("turnstream_mcp_tools", "Tools of MCP servers that are offered.", ["server"])

REFRESH_SECONDS = 5.0
"""Seconds between two questions for a server's tools. A dead server is offered for that long."""
RETRY_SECONDS = 3.0
"""Seconds between two tries to connect to a server that is away."""
CONNECT_SECONDS = 4.0
"""Seconds that a server behind a URL may take to open a session."""
START_SECONDS = 30.0
"""The same for a command, which may have to be installed first."""
LIST_SECONDS = 5.0
"""Seconds that a server may take to list its tools. One that takes longer is connected anew, unless
it is busy with a call."""
FIRST_LIST_SECONDS = 5.0
"""Seconds that the start of a worker waits for its servers' tools. It starts without them then."""


class McpServers:
    """Keeps the servers connected while `run` runs."""

    def __init__(self, configs: Sequence[McpServerConfig]) -> None:
        names = [config.name for config in configs]
        self._connections = [McpConnection(config, names) for config in configs]

    @property
    def tools(self) -> list[FunctionTool]:
        """The tools of the servers that answered when they were last asked."""
        return [tool for each in self._connections for tool in each.tools]

    async def listed(self) -> None:
        """Wait until every server was asked for its tools once, at most `FIRST_LIST_SECONDS`.

        Without them a worker would fail turns that it plays back and that called them.
        """
        waiting = [asyncio.create_task(each.listed.wait()) for each in self._connections]
        if waiting:
            _, unanswered = await asyncio.wait(waiting, timeout=FIRST_LIST_SECONDS)
            for task in unanswered:
                task.cancel()

    async def run(self) -> None:
        """Connect, and connect again what was lost, until cancelled; then disconnect."""
        async with asyncio.TaskGroup() as group:
            for each in self._connections:
                group.create_task(each.run())

    def report(self) -> list[Json]:
        """Each server: whether it answers, what it offers, and what was done to odd tools."""
        return [each.report() for each in self._connections]


mcp_servers: ContextVar[McpServers] = ContextVar("mcp_servers")
"""The worker's MCP servers, set at its start and inherited by every turn."""


def mcp_tools() -> list[FunctionTool]:
    """The tools of all MCP servers, for an agent. Call it inside `respond`."""
    servers = mcp_servers.get(None)
    return servers.tools if servers is not None else []


def mcp_route(servers: McpServers) -> APIRouter:
    """`GET /mcp`: what an operator wants to know about the MCP servers of this worker."""
    router = APIRouter(tags=["mcp"])

    @router.get("/mcp")
    async def mcp() -> list[Json]:
        """The servers, their tools, and the tools that were renamed, adapted or left out."""
        return servers.report()

    return router


class McpConnection:
    """One server. Each has a manager, so that a new connection to one leaves the others alone."""

    def __init__(self, config: McpServerConfig, names: Sequence[str]) -> None:
        self._config = config
        self._server = server_of(config)
        self._offers = Offers(self._server, names)
        self._manager = MCPServerManager(
            [self._server],
            connect_timeout_seconds=CONNECT_SECONDS if config.url else START_SECONDS,
            connect_in_parallel=True,
        )
        self._connected = False
        self._away = False
        self.listed = asyncio.Event()

    @property
    def tools(self) -> list[FunctionTool]:
        """The tools to offer: none while the server does not answer."""
        return self._offers.tools if self._connected else []

    def report(self) -> Json:
        """What `/mcp` says of this server."""
        return {
            "server": self._config.name,
            "answers": self._connected,
            "tools": [tool.name for tool in self.tools],
            "notes": [vars(note) for note in self._offers.notes],
        }

    async def run(self) -> None:
        """Keep the tools up to date and the server connected, until cancelled."""
        this = asyncio.current_task()
        try:
            # The SDK takes a cancellation that meets a connection for a failure of it.
            while this is not None and not this.cancelling():
                await self._look()
                TOOLS.labels(self._config.name).set(len(self.tools))
                self.listed.set()
                await self._pause()
        finally:
            await self._manager.cleanup_all()

    async def _look(self) -> None:
        """Ask for the tools. A session that does not answer is opened anew at once."""
        if self._connected and await self._list():
            return
        self._connected = False
        try:
            self._connected = bool(await self._manager.reconnect(failed_only=False))
            why = self._manager.errors.get(self._server)
        except Exception as error:
            why = error
        if self._connected:
            await self._list()
        elif not self._away:
            self._gone(why)

    async def _list(self) -> bool:
        """Offer the server's tools; False when it does not tell them."""
        try:
            async with asyncio.timeout(LIST_SECONDS):
                listed = await list_tools(self._server.session, self._config.tools)
        except Exception as error:
            if isinstance(error, TimeoutError) and self._server.calls.busy:
                return True  # a new session would cut its calls off
            self._connected = False
            if not self._away:
                self._gone(error)
            return False
        box = toolbox.get(None)
        taken = frozenset(spec.name for spec in box.catalogue.tools) if box else frozenset[str]()
        self._offers.update(listed, taken)
        if self._away:
            log.info("mcp server available", server=self._config.name)
        self._away = False
        return True

    def _gone(self, why: BaseException | None) -> None:
        self._away = True
        # Its type alone: the text of an error may quote a header or a URL.
        log.warning("mcp server unavailable", server=self._config.name, error=type(why).__name__)

    async def _pause(self) -> None:
        """Wait until the next look; a call that lost the server ends the wait."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REFRESH_SECONDS if self._connected else RETRY_SECONDS):
                await self._server.calls.lost.wait()
        self._server.calls.lost.clear()
