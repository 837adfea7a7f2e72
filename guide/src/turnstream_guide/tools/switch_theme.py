"""`switch_theme`: the client changes between light and dark."""

from typing import Literal

from pydantic import BaseModel, Field
from turnstream_tools import ToolContext, tool


class SwitchTheme(BaseModel):
    """Which theme."""

    theme: Literal["light", "dark"] = Field(description="The color scheme to switch to.")


@tool(
    name="switch_theme",
    description="Switch the chat interface between light and dark color schemes.",
    idempotent=True,
    ends_run=True,
)
async def switch_theme(call: ToolContext, args: SwitchTheme) -> dict[str, str]:
    """Ask the client to do it: the interface is the client's."""
    call.client_tool("switch_theme", {"theme": args.theme})
    return {"theme": args.theme}
