"""`switch_theme`: the client changes between light and dark."""

from typing import Literal

from pydantic import BaseModel, Field
from turnstream.contracts.tools import Phrase
from turnstream.i18n import N_
from turnstream_tools.context import ToolContext
from turnstream_tools.registry import tool


class SwitchTheme(BaseModel):
    """Which theme."""

    theme: Literal["light", "dark"] = Field(description="The color scheme to switch to.")


@tool(
    name="switch_theme",
    description="Switch the chat interface between light and dark color schemes.",
    idempotent=True,
    ends_run=True,
    hint=N_("dark theme please"),
    phrases=[
        Phrase(
            pattern=r"\bdark\s+(?:theme|mode)\b|\b(?:switch|change|turn|go|set)\b[^.?!]*?\bdark\b"
            r"|[深暗]色|夜間模式|夜间模式",
            arguments={"theme": "dark"},
        ),
        Phrase(
            pattern=r"\blight\s+(?:theme|mode)\b"
            r"|\b(?:switch|change|turn|go|set)\b[^.?!]*?\blight\b|[淺浅亮]色",
            arguments={"theme": "light"},
        ),
    ],
)
async def switch_theme(call: ToolContext, args: SwitchTheme) -> dict[str, str]:
    """Ask the client to do it: the interface is the client's."""
    call.client_tool("switch_theme", {"theme": args.theme})
    return {"theme": args.theme}
