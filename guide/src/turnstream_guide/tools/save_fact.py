"""`save_fact`: the assistant notes something the user said about themselves."""

from typing import Annotated
from xml.sax.saxutils import escape

from pydantic import BaseModel, Field, StringConstraints
from turnstream_tools import SaveFact as StoreFact
from turnstream_tools import ToolContext, tool

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class SaveFact(BaseModel):
    """What to note."""

    fact: Text = Field(description="One short, self-contained statement about the user.")


@tool(
    name="save_fact",
    description=(
        "Record a fact that the user has shared about themselves. "
        "The user sees it and can keep or discard it."
    ),
    idempotent=True,
    ends_run=True,
)
async def save_fact(call: ToolContext, args: SaveFact) -> dict[str, str]:
    """Store the fact, tell the model's history its id, and let the client show it.

    Idempotent: the id follows from the call, and the store adds an id once.
    """
    fact_id = call.derived_id("fact")
    fact = StoreFact(id=fact_id, text=args.fact, thread_id=call.thread_id)
    await call.store.facts.add(call.caller, fact)
    await call.hidden_context(
        f'<FACT_SAVED id="{fact_id}" threadId="{escape(call.thread_id)}">'
        f"{escape(args.fact)}</FACT_SAVED>"
    )
    call.client_tool("record_fact", {"fact_id": fact_id, "fact_text": args.fact})
    return {"fact_id": fact_id, "status": "saved"}
