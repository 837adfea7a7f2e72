"""Runs tool calls once per key, with live progress.

A tool of your own is an async function with a pydantic model of its arguments:

    from pydantic import BaseModel
    from turnstream_tools import ToolContext, tool

    class Greeting(BaseModel):
        name: str

    @tool(name="greet", description="Say hello.", idempotent=True)
    async def greet(call: ToolContext, args: Greeting) -> dict[str, str]:
        await call.progress("Thinking of something nice")
        return {"greeting": f"Hello {args.name}"}

Name its module in `TOOLS` and every agent can use it.
"""

from turnstream.process import app_path

with (
    app_path.AppFoldersLast()
):  # a file beside the tools must not be imported in place of what is ours
    from turnstream.contracts.store_api import SaveFact, SendEmail

    from turnstream_tools.context import ToolContext
    from turnstream_tools.registry import Tool, tool

__all__ = ["SaveFact", "SendEmail", "Tool", "ToolContext", "tool"]
