"""No request to a model names more tools than model APIs take.

An app's own tools stay. Tools of MCP servers fill the rest, one of each server in turn. A name is
offered once: an app's own tool replaces a tool of a server.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest

from agents import FunctionTool, Handoff, Tool
from agents.tool import get_function_tool_origin
from turnstream.telemetry import get_logger

from turnstream_worker.sdk.agents_facts import is_mcp_tool

log = get_logger(__name__)

MOST_TOOLS = 128
"""Tools and handoffs of one request: the limit of OpenAI's APIs, which refuse it with more."""

_warned: set[str] = set()
"""Tools that were left out, each of which is logged once."""


def within_limit(tools: list[Tool], handoffs: Sequence[Handoff]) -> list[Tool]:
    """The tools to name in a request. Tools of MCP servers that do not fit are left out."""
    own = {tool.name for tool in tools if not _is_from_server(tool)}
    from_servers = [tool for tool in tools if _is_from_server(tool)]
    room = MOST_TOOLS - len(handoffs) - (len(tools) - len(from_servers))
    fitting = [tool for tool in _in_turns(from_servers) if tool.name not in own][: max(0, room)]
    if len(fitting) == len(from_servers):
        return tools
    kept = {id(tool) for tool in fitting}
    for tool in from_servers:
        if id(tool) not in kept:
            _warn(tool.name, taken=tool.name in own)
    return [tool for tool in tools if not _is_from_server(tool) or id(tool) in kept]


def _is_from_server(tool: Tool) -> bool:
    return isinstance(tool, FunctionTool) and is_mcp_tool(tool)


def _in_turns(tools: Sequence[Tool]) -> list[Tool]:
    """The first tool of each server, then the second of each, and so on."""
    by_server: dict[str, list[Tool]] = defaultdict(list)
    for tool in tools:
        origin = get_function_tool_origin(tool) if isinstance(tool, FunctionTool) else None
        by_server[(origin and origin.mcp_server_name) or ""].append(tool)
    return [tool for tool in chain(*zip_longest(*by_server.values())) if tool is not None]


def _warn(name: str, *, taken: bool) -> None:
    if name not in _warned:
        _warned.add(name)
        why = "the app has a tool of this name" if taken else f"more than {MOST_TOOLS} tools in all"
        log.warning("mcp tool left out", tool=name, why=why)
