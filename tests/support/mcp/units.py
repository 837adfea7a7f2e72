"""The guide's MCP server as a command that each worker runs beside it."""

import json
import sys

UNITS_BESIDE_A_WORKER = json.dumps(
    [
        {
            "name": "units",
            "command": sys.executable,
            "args": ["-m", "turnstream_guide.demo_mcp_server"],
        }
    ]
)
"""The value of `MCP_SERVERS`; `make up` has one server for all workers."""
