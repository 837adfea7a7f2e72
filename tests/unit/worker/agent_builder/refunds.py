"""A workflow whose tool needs an approval."""

from typing import Any

from agents import Agent, Runner, function_tool
from pydantic import BaseModel

DONE: list[str] = []


@function_tool(needs_approval=True)
def refund(order: str) -> str:
    """Refund an order."""
    DONE.append(order)
    return "refunded"


clerk = Agent[Any](name="Clerk", instructions="You refund.", tools=[refund])


class WorkflowInput(BaseModel):
    input_as_text: str


async def run_workflow(workflow_input: WorkflowInput) -> dict[str, str]:
    conversation_history: list[Any] = [
        {"role": "user", "content": [{"type": "input_text", "text": workflow_input.input_as_text}]}
    ]
    result = await Runner.run(clerk, input=[*conversation_history])
    return {"output_text": result.final_output_as(str)}
