"""The MCP servers of this worker: connected once per process, and asked for their tools regularly.

A server that is away delays no turn: its tools are not offered until it answers again. The model is
told of a call that fails. `replay/tools.py` decides what a second attempt
does about a call that was cut off.
"""

import asyncio
import os
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from agents import FunctionTool
from agents.mcp import (
    MCPServer,
    MCPServerManager,
    MCPServerStdio,
    MCPServerStreamableHttp,
    MCPUtil,
    ToolFilterStatic,
    create_static_tool_filter,
)
from mcp_types import CallToolResult
from mcp_types import Tool as McpTool
from turnstream.telemetry import get_logger

from turnstream_worker.callers import current_attempt
from turnstream_worker.tools.mcp_config import McpServerConfig

log = get_logger(__name__)

REFRESH_SECONDS = 15.0
"""Seconds between two questions for a server's tools. A dead server is offered for that long."""
CONNECT_SECONDS = 10.0
FIRST_LIST_SECONDS = 5.0
"""Seconds that the start of a worker waits for its servers' tools. It starts without them then."""


class McpServers:
    """Keeps the servers connected while `run` runs."""

    def __init__(self, configs: Sequence[McpServerConfig]) -> None:
        self._servers = [_Connected(config) for config in configs]

    @property
    def tools(self) -> list[FunctionTool]:
        """The tools of the servers that answered when they were last asked."""
        return [tool for each in self._servers for tool in each.tools]

    async def listed(self) -> None:
        """Wait until every server was asked for its tools once, at most `FIRST_LIST_SECONDS`.

        Without them a worker would fail turns that it plays back and that called them.
        """
        waiting = [asyncio.create_task(each.listed.wait()) for each in self._servers]
        if waiting:
            _, unanswered = await asyncio.wait(waiting, timeout=FIRST_LIST_SECONDS)
            for task in unanswered:
                task.cancel()

    async def run(self) -> None:
        """Connect, and connect again what was lost, until cancelled; then disconnect."""
        async with asyncio.TaskGroup() as group:
            for each in self._servers:
                group.create_task(each.run())


mcp_servers: ContextVar[McpServers] = ContextVar("mcp_servers")
"""The worker's MCP servers, set at its start and inherited by every turn."""


def mcp_tools() -> list[FunctionTool]:
    """The tools of all MCP servers, for an agent. Call it inside `respond`."""
    servers = mcp_servers.get(None)
    return servers.tools if servers is not None else []


class _Connected:
    """One server. Each has a manager, so that a new connection to one leaves the others alone."""

    def __init__(self, config: McpServerConfig) -> None:
        self._config = config
        self._server = _server(config)
        self._manager = MCPServerManager(
            [self._server], connect_timeout_seconds=CONNECT_SECONDS, connect_in_parallel=True
        )
        self._connected = False
        self.listed = asyncio.Event()
        self.tools: list[FunctionTool] = []

    async def run(self) -> None:
        try:
            while True:
                self.tools = await self._list()
                self.listed.set()
                await asyncio.sleep(REFRESH_SECONDS)
        finally:
            await self._manager.cleanup_all()

    async def _list(self) -> list[FunctionTool]:
        """The server's tools; none while it does not answer, whatever the reason."""
        try:
            if not self._connected:
                self._connected = bool(await self._manager.reconnect(failed_only=False))
            if self._connected:
                return [self._offered(tool) for tool in await self._server.list_tools()]
            why = self._manager.errors.get(self._server)
        except Exception as error:
            self._connected, why = False, error
        # Its type alone: the text of an error may quote a header or a URL.
        log.warning("mcp server away", server=self._config.name, error=type(why).__name__)
        return []

    def _offered(self, tool: McpTool) -> FunctionTool:
        name = f"{self._config.name}_{tool.name}"
        return MCPUtil.to_function_tool(
            tool, self._server, convert_schemas_to_strict=False, tool_name_override=name
        )


class _HttpServer(MCPServerStreamableHttp):
    """A server that is called with the user's own headers where the configuration says so.

    Those calls get a session each: a shared one would carry one user's credential for another.
    """

    def __init__(self, config: McpServerConfig, headers: dict[str, str]) -> None:
        seconds = config.timeout.total_seconds()
        super().__init__(
            {"url": config.url or "", "headers": headers, "timeout": seconds},
            name=config.name,
            client_session_timeout_seconds=seconds,
            tool_filter=_filter(config),
        )
        self._config = config
        self._headers = headers

    async def call_tool(
        self,
        tool_name: str,
        arguments: dict[str, Any] | None,
        meta: dict[str, Any] | None = None,
    ) -> CallToolResult:
        own = _headers_of_request(self._config)
        if not own:
            return await super().call_tool(tool_name, arguments, meta)
        bare = self._config.model_copy(update={"headers_from_request": {}})
        server = _HttpServer(bare, self._headers | own)
        async with server:
            return await server.call_tool(tool_name, arguments, meta)


def _server(config: McpServerConfig) -> MCPServer:
    if config.url is not None:
        named = config.headers_from_env.items()
        return _HttpServer(config, {header: os.environ[name] for header, name in named})
    return MCPServerStdio(
        {
            "command": config.command or "",
            "args": list(config.args),
            "env": {name: os.environ[name] for name in config.env},
        },
        name=config.name,
        client_session_timeout_seconds=config.timeout.total_seconds(),
        tool_filter=_filter(config),
    )


def _filter(config: McpServerConfig) -> ToolFilterStatic | None:
    names = None if config.tools is None else list(config.tools)
    return create_static_tool_filter(allowed_tool_names=names)


def _headers_of_request(config: McpServerConfig) -> dict[str, str]:
    attempt = current_attempt.get()
    if attempt is None:
        return {}
    sent = {name.lower(): value for name, value in attempt.claimed.context.headers.items()}
    return {
        header: sent[name.lower()]
        for header, name in config.headers_from_request.items()
        if name.lower() in sent
    }
