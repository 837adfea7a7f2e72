"""A real MCP server over HTTP that tests can start, stop and start again on the same port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

from tests.support.waiting import wait_until_async

HEADER = "x-crm-token"


def server_of(calls: list[str | None]) -> MCPServer:
    """A server with one tool, which notes the credential that each call brings."""
    server = MCPServer("crm")

    @server.tool()
    async def count_orders(ctx: Context) -> str:
        """Count the orders of the user who asks."""
        calls.append((ctx.headers or {}).get(HEADER))
        return "3 orders"

    return server


@asynccontextmanager
async def serving(server: MCPServer, port: int) -> AsyncIterator[str]:
    """Serve over streamable HTTP on a port of this machine; the URL."""
    app = server.streamable_http_app()
    config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1)
    listening = uvicorn.Server(config)
    task = asyncio.create_task(listening.serve())
    await wait_until_async(lambda: listening.started, message="the MCP server did not start")
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        listening.should_exit = True
        await task
