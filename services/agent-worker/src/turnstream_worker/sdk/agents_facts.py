"""What the objects of the Agents SDK know about themselves and have no documented way to tell."""

from typing import Any

from agents import (
    FunctionTool,
    ModelProvider,
    ModelResponse,
    MultiProvider,
    RunState,
    ToolOriginType,
)
from agents.models.fake_id import FAKE_RESPONSES_ID
from agents.tool import get_function_tool_origin

__all__ = ["FAKE_RESPONSES_ID", "is_agent_tool", "is_mcp_tool", "is_sdk_default", "responses_of"]


def is_agent_tool(tool: FunctionTool) -> bool:
    """True for `agent.as_tool()`: calling it runs an agent."""
    return _is_from(tool, ToolOriginType.AGENT_AS_TOOL)


def is_mcp_tool(tool: FunctionTool) -> bool:
    """True for a tool of an MCP server."""
    return _is_from(tool, ToolOriginType.MCP)


def responses_of(state: RunState[Any]) -> list[ModelResponse]:
    """The model's responses of a run that was paused."""
    return state._model_responses


def is_sdk_default(provider: ModelProvider) -> bool:
    """True for the provider that the SDK makes by itself, where nobody configured one."""
    if type(provider) is not MultiProvider or provider.provider_map is not None:
        return False
    openai = vars(provider.openai_provider)
    return openai["_client"] is None and not any(
        value for name, value in openai.items() if name.startswith("_stored_")
    )


def _is_from(tool: FunctionTool, kind: ToolOriginType) -> bool:
    origin = get_function_tool_origin(tool)
    return origin is not None and origin.type is kind
