"""What the assistant can do, as `TOOLS=my_app.tools`.

The tools service runs each call once, also when a worker dies in the middle.
"""

from pydantic import BaseModel, Field
from turnstream_tools import ToolContext, tool

from my_app.orders import card, find


class LookUpOrder(BaseModel):
    """The arguments of the tool. The model reads their descriptions."""

    number: str = Field(description="The order's number, for example: A-1042")


@tool(name="look_up_order", description="Look up where an order is.", idempotent=True)
async def look_up_order(call: ToolContext, args: LookUpOrder) -> dict[str, object]:
    """Find an order and show it as a card. What is returned is for the model."""
    await call.progress(f"Looking for order {args.number}", icon="search")
    order = await find(args.number, customer=call.owner)
    if order is None:
        return {"found": False, "summary": f"There is no order {args.number}."}
    await call.widget(card(order), copy_text=order.summary)
    return {"found": True, "summary": order.summary}
