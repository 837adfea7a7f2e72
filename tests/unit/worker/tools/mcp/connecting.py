"""Connections to MCP servers, for tests: opened, asked for tools, and called."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agents import FunctionTool
from agents.tool_context import ToolContext
from turnstream_worker.tools.mcp.config import McpServerConfig
from turnstream_worker.tools.mcp.servers import McpServers

from tests.support.mcp import odd_server
from tests.support.waiting import wait_until_async

ODD = str(Path(odd_server.__file__))


def odd_config(name: str = "odd", **more: Any) -> McpServerConfig:
    """The misbehaving server as a command."""
    fields = {"name": name, "command": sys.executable, "args": (ODD,), "env": ("ODD_EFFECTS",)}
    return McpServerConfig.model_validate(fields | more)


@asynccontextmanager
async def connected(*configs: McpServerConfig) -> AsyncIterator[McpServers]:
    """Servers that are kept connected."""
    servers = McpServers(configs)
    task = asyncio.create_task(servers.run())
    try:
        yield servers
    finally:
        task.cancel()
        await asyncio.wait({task})


async def offered_by(servers: McpServers) -> dict[str, FunctionTool]:
    """Their tools by name, once there are some."""
    await wait_until_async(lambda: bool(servers.tools), message="no tools", timeout=30)
    return {tool.name: tool for tool in servers.tools}


def calling(tool: FunctionTool, context: object = None, **arguments: Any) -> ToolContext[Any]:
    """What the SDK gives a tool that is called so."""
    return ToolContext(
        context=context,
        tool_name=tool.name,
        tool_call_id="call_1",
        tool_arguments=json.dumps(arguments),
    )


async def call(tool: FunctionTool, **arguments: Any) -> str:
    """What a model reads of a call, outside any turn."""
    context = calling(tool, **arguments)
    output = await tool.on_invoke_tool(context, context.tool_arguments)
    return output["text"] if isinstance(output, dict) else str(output)
