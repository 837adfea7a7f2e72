"""Sessions with MCP servers: over a process of the server, or over streamable HTTP.

The SDK's classes connect. Lists and calls are made here, because what a server answers is read
leniently: an odd tool hides no other, and the result of a call that ended is always a result.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from mcp import ClientSession
from mcp.shared.exceptions import MCPError
from mcp_types import (
    REQUEST_TIMEOUT,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    ListToolsRequest,
    PaginatedRequestParams,
)
from mcp_types import Tool as McpTool
from pydantic import ValidationError
from turnstream.contracts.turns import Json
from turnstream.settings import ConfigurationError

from turnstream_worker.attempt import id_scope
from turnstream_worker.callers import current_attempt
from turnstream_worker.sdk.mcp_reading import raw_answer
from turnstream_worker.tools.call_outcomes import call_ended
from turnstream_worker.tools.mcp.config import McpServerConfig
from turnstream_worker.tools.mcp.failures import ServerUnavailable
from turnstream_worker.tools.mcp.results import read_result

MOST_PAGES = 100
"""Pages of one server's list of tools. Further ones are not asked for."""


class InvalidTool(NamedTuple):
    """A tool that its server describes in no usable way."""

    name: str
    reason: str


Listed = McpTool | InvalidTool


async def list_tools(session: ClientSession | None, names: Sequence[str] | None) -> list[Listed]:
    """All tools of a server, or those that are named, in the server's order.

    Raises `ServerUnavailable` without a session.
    """
    if session is None:
        raise ServerUnavailable("The server is not connected.")
    listed: list[Listed] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page, cursor = await _page(session, cursor)
        listed.extend(page)
        if cursor is None:
            break
    return [tool for tool in listed if names is None or tool.name in names]


async def _page(session: ClientSession, cursor: str | None) -> tuple[list[Listed], str | None]:
    params = PaginatedRequestParams(cursor=cursor) if cursor is not None else None
    try:
        result = await session.list_tools(params=params)
    except ValidationError:  # of one tool at least: the others are read one by one
        raw = await raw_answer(session, ListToolsRequest(params=params))
        tools, following = raw.get("tools"), raw.get("nextCursor")
        read = [_read(each) for each in tools] if isinstance(tools, list) else []
        return read, following if isinstance(following, str) else None
    return list(result.tools), result.next_cursor


def _read(raw: object) -> Listed:
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        return InvalidTool("(a tool without a name)", "it has no name")
    try:
        return McpTool.model_validate(raw, by_name=False)
    except ValidationError:
        return _reduced(raw)


def _reduced(raw: Json) -> Listed:
    """A tool by what must be known of it; the rest of its description is of no known form."""
    schema = {} if raw.get("inputSchema") is None else raw["inputSchema"]
    described = raw.get("description")
    fields = {"name": raw["name"], "inputSchema": schema}
    if isinstance(described, str):
        fields["description"] = described
    try:
        return McpTool.model_validate(fields, by_name=False)
    except ValidationError:
        return InvalidTool(raw["name"], f"its schema is {type(schema).__name__}, not an object")


class Calls:
    """The calls of one server: how many run, and whether one of them lost it."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._running = 0
        self._slow_until = 0.0
        self.lost = asyncio.Event()
        """Set when a call failed: the session may be gone."""

    @property
    def busy(self) -> bool:
        """True while a call runs, or may still run in the server though nobody waits for it."""
        return self._running > 0 or time.monotonic() < self._slow_until

    async def make(
        self, session: ClientSession | None, name: str, arguments: Json | None, meta: Json | None
    ) -> CallToolResult:
        """Call a tool once. Raises `ServerUnavailable` if nothing was sent, or as `raw_answer`."""
        if session is None:
            self.lost.set()
            raise ServerUnavailable("The server is not connected.")
        params = CallToolRequestParams.model_validate(
            {"name": name, "arguments": arguments, "_meta": meta}, by_name=False
        )
        self._running += 1
        try:
            raw = await raw_answer(session, CallToolRequest(params=params))
        except Exception as error:
            if isinstance(error, MCPError) and error.code == REQUEST_TIMEOUT:
                self._slow_until = time.monotonic() + self._timeout
            self.lost.set()
            raise
        finally:
            self._running -= 1
        result = read_result(raw)
        if result.is_error:
            call_ended(id_scope.get(), succeeded=False)
        return result


class StdioServer(MCPServerStdio):
    """A server that runs as a process beside the worker."""

    def __init__(self, config: McpServerConfig, environment: dict[str, str]) -> None:
        seconds = config.timeout.total_seconds()
        super().__init__(
            {
                "command": config.command or "",
                "args": list(config.args),
                "env": environment,
                "encoding_error_handler": "replace",
            },
            name=config.name,
            client_session_timeout_seconds=seconds,
        )
        self.calls = Calls(seconds)

    async def call_tool(
        self,
        tool_name: str,
        arguments: dict[str, Any] | None,
        meta: dict[str, Any] | None = None,
    ) -> CallToolResult:
        """Part of the SDK's server: call a tool once."""
        return await self.calls.make(self.session, tool_name, arguments, meta)


class HttpServer(MCPServerStreamableHttp):
    """A server that is called with the user's own headers where the configuration says so.

    Those calls get a session each: a shared one would carry one user's credential for another.
    """

    def __init__(self, config: McpServerConfig, headers: dict[str, str]) -> None:
        seconds = config.timeout.total_seconds()
        super().__init__(
            {"url": config.url or "", "headers": headers, "timeout": seconds},
            name=config.name,
            client_session_timeout_seconds=seconds,
        )
        self._config = config
        self._headers = headers
        self.calls = Calls(seconds)

    async def call_tool(
        self,
        tool_name: str,
        arguments: dict[str, Any] | None,
        meta: dict[str, Any] | None = None,
    ) -> CallToolResult:
        """Part of the SDK's server: call a tool once, with the user's headers if there are any."""
        own = _headers_of_request(self._config)
        if not own:
            return await self.calls.make(self.session, tool_name, arguments, meta)
        bare = self._config.model_copy(update={"headers_from_request": {}})
        server = HttpServer(bare, self._headers | own)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(server)
            except Exception as error:
                raise ServerUnavailable(
                    f"No session for this user: {type(error).__name__}"
                ) from error
            return await server.call_tool(tool_name, arguments, meta)


Server = StdioServer | HttpServer


def server_of(config: McpServerConfig) -> Server:
    """The server of a configuration, not connected.

    Raises `ConfigurationError` when a variable is not set that the configuration names.
    """
    if config.url is not None:
        named = config.headers_from_env.items()
        return HttpServer(config, {header: _variable(config, name) for header, name in named})
    return StdioServer(config, {name: _variable(config, name) for name in config.env})


def _variable(config: McpServerConfig, name: str) -> str:
    if name not in os.environ:
        raise ConfigurationError(f"MCP_SERVERS: {config.name} needs {name}, which is not set.")
    return os.environ[name]


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
