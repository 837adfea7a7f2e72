"""A tiny MCP server, for trying out `MCP_SERVERS`: `python -m turnstream_guide.demo_mcp_server`.

It has one tool, for lengths. It uses stdin and stdout, or with the argument `http` streamable HTTP
on the port that `PORT` names, as `make up` runs it.
"""

import asyncio
import os
import sys
from typing import Annotated

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from turnstream.http.server import SlowTickServer

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

server = MCPServer("units", log_level="WARNING")


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


async def ready(_: Request) -> Response:
    """Ready as soon as the server accepts requests."""
    return Response()


server.custom_route("/ready", methods=["GET"])(ready)


def main(transport: str = "stdio") -> None:
    """Serve until a signal, or until stdin is closed."""
    if transport == "http":
        # Without sessions: none is lost when the server is started anew.
        app = server.streamable_http_app(stateless_http=True, json_response=True)
        config = uvicorn.Config(app, port=int(os.environ["PORT"]), log_level="warning")
        asyncio.run(SlowTickServer(config).serve())
    else:
        server.run("stdio")


if __name__ == "__main__":
    main(*sys.argv[1:])
