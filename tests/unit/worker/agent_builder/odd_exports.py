"""Workflows that are not quite what Agent Builder writes."""

from typing import Any

from pydantic import BaseModel


class WorkflowInput(BaseModel):
    input_as_text: str
    plan: str = "free"


def approval_request(message: str) -> bool:
    # TODO: Implement
    return True


def approval_request1(message: str) -> bool:
    """One that its developer has written."""
    return message == "yes"


async def run_workflow(workflow_input: WorkflowInput) -> dict[str, Any]:
    state = {"count": 0}
    workflow = workflow_input.model_dump()
    conversation_history: list[Any] = [
        {"role": "user", "content": [{"type": "input_text", "text": workflow["input_as_text"]}]}
    ]
    state["count"] = state["count"] + 1

    def inner() -> dict[str, int]:
        state = {"inner": 1}
        state["inner"] += 0
        return state

    return {
        "plan": workflow["plan"],
        "state": state,
        "inner": inner(),
        "history": conversation_history,
        "asked": approval_request("go on?"),
        "own": approval_request1("yes"),
    }


def made() -> Any:
    secret = "closure"

    async def run_workflow(workflow_input: WorkflowInput) -> str:
        return secret

    return run_workflow


closure = made()


async def raises(workflow_input: WorkflowInput) -> None:
    state: dict[str, int] = {}  # noqa: F841
    raise ValueError("on this line")


def plain(workflow_input: WorkflowInput) -> None: ...
