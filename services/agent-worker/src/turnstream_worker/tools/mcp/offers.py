"""The tools of an MCP server as tools of an agent: renamed, adapted or left out where they are odd.

No tool of a server stops a deployment's turns. What is done to a tool is logged once, and listed at
`/mcp` of the worker.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agents import FunctionTool
from agents.mcp import MCPUtil
from mcp_types import Tool as McpTool
from turnstream.telemetry import get_logger

from turnstream_worker.tools.mcp.calls import McpCall
from turnstream_worker.tools.mcp.names import offered_name
from turnstream_worker.tools.mcp.schemas import UnusableTool, usable_schema
from turnstream_worker.tools.mcp.sessions import InvalidTool, Listed, Server

log = get_logger(__name__)

LONGEST_DESCRIPTION = 1024
"""Characters of a description: the limit of OpenAI's Chat Completions. A longer one is cut."""

_LONGEST = 300
"""Characters of a name or a reason in a note."""


@dataclass(frozen=True)
class ToolNote:
    """What was done to one tool, and why."""

    tool: str
    """Its real name."""
    done: Literal["renamed", "adapted", "left out"]
    why: str


@dataclass
class Offers:
    """What one server offers, and what was done to its tools."""

    server: Server
    servers: Collection[str]
    """The names of all configured servers."""
    tools: list[FunctionTool] = field(default_factory=list)
    notes: list[ToolNote] = field(default_factory=list)
    _warned: set[ToolNote] = field(default_factory=set)
    _listed: tuple[Sequence[Listed], Collection[str]] = ((), ())

    def update(self, listed: Sequence[Listed], taken: Collection[str]) -> None:
        """Offer these tools from now on. `taken` are the names of tools of the tools service."""
        if (listed, taken) == self._listed:
            return
        self._listed = (listed, taken)
        self.notes, tools, seen = [], list[FunctionTool](), set[str]()
        for tool in listed:
            try:
                if isinstance(tool, InvalidTool):
                    raise UnusableTool(tool.reason)
                if tool.name in seen:
                    raise UnusableTool("its server lists two of this name")
                seen.add(tool.name)
                tools.append(self._offered(tool, taken))
            except Exception as error:  # whatever a stranger's description does to the SDK
                why = str(error) if isinstance(error, UnusableTool) else repr(error)
                self.notes.append(ToolNote(tool.name[:_LONGEST], "left out", why[:_LONGEST]))
        self.tools = tools
        for note in self.notes:
            self.warn(note)

    def warn(self, note: ToolNote) -> None:
        """Log a note, once in the life of this process."""
        if note not in self._warned:
            self._warned.add(note)
            log.warning(
                f"mcp tool {note.done}", server=self.server.name, tool=note.tool, why=note.why
            )

    def _offered(self, tool: McpTool, taken: Collection[str]) -> FunctionTool:
        name = offered_name(self.server.name, tool.name, self.servers, taken)
        schema, changes = usable_schema(tool.input_schema)
        described = tool.description or ""
        if len(described) > LONGEST_DESCRIPTION:
            changes.append(f"description longer than {LONGEST_DESCRIPTION} characters cut")
            described = f"{described[: LONGEST_DESCRIPTION - 1]}…"
        plain = tool.model_copy(update={"input_schema": schema, "description": described})
        offered = MCPUtil.to_function_tool(
            plain, self.server, convert_schemas_to_strict=False, tool_name_override=name
        )
        offered.on_invoke_tool = McpCall(offered.on_invoke_tool)
        if name != f"{self.server.name}_{tool.name}":
            self.notes.append(ToolNote(tool.name, "renamed", f"offered as {name}"))
        if changes:
            self.notes.append(ToolNote(tool.name, "adapted", "; ".join(changes)[:_LONGEST]))
        return offered
