"""Tools of MCP servers, which the deployment names in `MCP_SERVERS`.

The guide offers whatever the connected servers offer, under `server_tool`. `make up` connects the
bundled server of `turnstream_guide.demo_mcp_server` as `units`; the demo model has sentences for
that one only.
"""

from agents import Tool
from turnstream_worker.api import mcp_tools

from turnstream_guide.demonstrations.demonstration import Demonstration
from turnstream_guide.turn import Turn


def _tools(_: Turn) -> list[Tool]:
    return list(mcp_tools())


DEMONSTRATION = Demonstration(tools=_tools)
