"""The bodies of the workflow's tools. Agent Builder exports only their signatures."""

from chatkit.agents import AgentContext
from chatkit.types import ProgressUpdateEvent
from chatkit.widgets import DynamicWidgetRoot
from turnstream.contracts.turns import RequestContext

from my_app.orders import card, find


async def look_up_order(chat: AgentContext[RequestContext], number: str) -> str:
    """Find an order and show it as a card. What is returned is for the model."""
    await chat.stream(ProgressUpdateEvent(icon="search", text=f"Looking for order {number}"))
    order = await find(number, customer=chat.request_context.user_id)
    if order is None:
        return f"There is no order {number}."
    widget = DynamicWidgetRoot.model_validate(card(order))
    await chat.stream_widget(widget, copy_text=order.summary)
    return order.summary
