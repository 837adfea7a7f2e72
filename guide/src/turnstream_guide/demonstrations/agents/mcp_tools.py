"""Tools of MCP servers, which the deployment names in `MCP_SERVERS`.

The guide gets whatever the connected servers offer, under `server_tool`. `make up` connects the
bundled server of `turnstream_guide.demo_mcp_server` as `units`; only for that one are there
sentences.
"""

from agents import Tool
from turnstream.contracts.tools import Phrase
from turnstream.i18n import N_
from turnstream_worker.tools.mcp_servers import mcp_tools

from turnstream_guide.demonstrations.demonstration import Demonstration, Turn
from turnstream_guide.keyless_model import spoken

_UNITS = Phrase(
    pattern=r"\bconvert (?P<value>\d+(?:\.\d+)?) (?P<unit>[a-z]+) (?:to|into) (?P<to>[a-z]+)"
)
_UNITS_ZH = Phrase(
    pattern=r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>公里|英里|英尺|公尺|米).{0,4}"
    r"(?:換算|转换|換|换|轉|转)(?:算)?(?:成|為|为)\s*(?P<to>公里|英里|英尺|公尺|米)"
)


def _tools(_: Turn) -> list[Tool]:
    return [
        spoken(tool, _UNITS, _UNITS_ZH, hint=N_("convert 5 miles to kilometres"))
        if tool.name == "units_convert_length"
        else tool
        for tool in mcp_tools()
    ]


DEMONSTRATION = Demonstration(tools=_tools)
