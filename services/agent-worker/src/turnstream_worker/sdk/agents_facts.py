"""What the objects of the Agents SDK know about themselves and have no documented way to tell."""

from typing import Any

from agents import (
    FunctionTool,
    ItemHelpers,
    ModelProvider,
    ModelResponse,
    MultiProvider,
    RunState,
    ToolOriginType,
)
from agents.models.fake_id import FAKE_RESPONSES_ID
from agents.tool import get_function_tool_origin
from agents.tool_context import ToolContext
from openai.types.responses import ResponseFunctionToolCall

__all__ = [
    "FAKE_RESPONSES_ID",
    "is_agent_tool",
    "is_mcp_tool",
    "is_sdk_default",
    "read_by_model",
    "responses_of",
]


def is_agent_tool(tool: FunctionTool) -> bool:
    """True for `agent.as_tool()`: calling it runs an agent."""
    return _is_from(tool, ToolOriginType.AGENT_AS_TOOL)


def is_mcp_tool(tool: FunctionTool) -> bool:
    """True for a tool of an MCP server."""
    return _is_from(tool, ToolOriginType.MCP)


def read_by_model(tool: FunctionTool, context: ToolContext[Any], output: object) -> object:
    """What the model reads of a function tool's output: a string, or parts as the API has them."""
    call = context.tool_call or ResponseFunctionToolCall(
        type="function_call",
        call_id=context.tool_call_id,
        name=context.tool_name,
        arguments=context.tool_arguments,
    )
    return ItemHelpers.tool_call_output_item(
        call,
        output,
        output_json_schema=tool.output_json_schema,
        output_type_adapter=tool._output_type_adapter,
    )["output"]


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
