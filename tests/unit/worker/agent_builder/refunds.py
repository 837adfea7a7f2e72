"""A workflow whose tool needs an approval, one whose agents run side by side, a guarded one."""

import asyncio
from typing import Any

from agents import Agent, GuardrailFunctionOutput, Runner, function_tool, input_guardrail
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


first, second = (Agent[Any](name=each, instructions=f"You are {each}.") for each in ("A", "B"))


async def side_by_side(workflow_input: WorkflowInput) -> dict[str, str]:
    conversation_history: list[Any] = [
        {"role": "user", "content": [{"type": "input_text", "text": workflow_input.input_as_text}]}
    ]
    runs = (Runner.run(each, input=[*conversation_history]) for each in (first, second))
    results = await asyncio.gather(*runs)
    return {"output_text": " ".join(each.final_output_as(str) for each in results)}


@input_guardrail(run_in_parallel=False)
def no_secrets(_: Any, __: Any, given: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="secret" in str(given))


guarded = Agent[Any](name="Guarded", instructions="You answer.", input_guardrails=[no_secrets])


async def guarded_agent(workflow_input: WorkflowInput) -> None:
    await Runner.run(guarded, workflow_input.input_as_text)
