"""The tools of MCP servers as a recording has them: offered again, and never called."""

from agents import FunctionTool
from agents.tool_context import ToolContext
from turnstream.contracts.turns import Json

from turnstream_worker.testing.recordings.model_calls import ModelCall
from turnstream_worker.testing.recordings.recorded_answers import RecordedAnswers
from turnstream_worker.tools.mcp.servers import McpServers


class RecordedMcpServers(McpServers):
    """Offers what the servers offered. What a tool gave is in the journal, which is asked first."""

    def __init__(self, answers: RecordedAnswers, calls: list[ModelCall]) -> None:
        super().__init__([])
        self._answers = answers
        self._offered = mcp_tools_of(calls)

    @property
    def tools(self) -> list[FunctionTool]:
        """The tools, as they were described."""
        return [self._tool(each) for each in self._offered.values()]

    def _tool(self, recorded: Json) -> FunctionTool:
        async def invoke(context: ToolContext[object], arguments: str) -> str:
            raise self._answers.end(f"the call of {recorded['name']} has no recorded result")

        return FunctionTool(
            name=recorded["name"],
            description=recorded["description"],
            params_json_schema=recorded["parameters"],
            on_invoke_tool=invoke,
            strict_json_schema=False,
        )


def mcp_tools_of(calls: list[ModelCall]) -> dict[str, Json]:
    """The tools of MCP servers that models were offered, by name."""
    requests = (call.request for call in calls if call.request is not None)
    tools = (tool for request in requests for tool in request["tools"])
    return {tool["name"]: tool for tool in tools if tool.get("mcp")}
