"""A tiny MCP server, for trying out `MCP_SERVERS`: `python -m turnstream_guide.demo_mcp_server`.

It speaks over stdin and stdout, and knows one thing: lengths.
"""

from typing import Annotated

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

_METRES = {
    "metre": 1.0,
    "meter": 1.0,
    "公尺": 1.0,
    "米": 1.0,
    "kilometre": 1000.0,
    "kilometer": 1000.0,
    "公里": 1000.0,
    "mile": 1609.344,
    "英里": 1609.344,
    "foot": 0.3048,
    "feet": 0.3048,
    "英尺": 0.3048,
}

server = MCPServer("units")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def convert_length(
    value: float,
    unit: Annotated[str, Field(description="metre, kilometre, mile or foot")],
    to: Annotated[str, Field(description="The unit to convert to.")],
) -> str:
    """Convert a length from one unit into another."""
    return f"{value * _metres(unit) / _metres(to):.4g} {to}"


def _metres(unit: str) -> float:
    name = unit.strip().lower()
    known = _METRES.get(name) or _METRES.get(name.removesuffix("s"))
    if known is None:
        raise ToolError(f"I do not know the unit {unit!r}.")
    return known


if __name__ == "__main__":
    server.run("stdio")
