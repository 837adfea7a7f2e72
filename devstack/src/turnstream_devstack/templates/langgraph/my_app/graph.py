"""The graph: it looks an order up, then it writes. Put yours in its place.

What must not happen twice when a worker dies is a step: `run_step` records what it gave.
"""

import os
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel, SimpleChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_openai import ChatOpenAI
from langgraph.config import get_stream_writer
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from turnstream import run_step

from my_app.orders import Order, find

INSTRUCTIONS = "You help customers of a shop with their orders. Be brief."
NUMBER = re.compile(r"\b[A-Z]-\d+\b", re.IGNORECASE)


@dataclass(frozen=True)
class Progress:
    """What the graph is doing, for the user who waits."""

    text: str


Piece = str | Progress | Order
"""What comes out of the graph while it runs: a part of the text, a line of progress, a card."""
Said = HumanMessage | AIMessage
"""A message of the conversation."""


class Chat(MessagesState):
    """What the nodes read and write."""

    customer: str


Graph = CompiledStateGraph[Chat, None, Chat, Chat]


async def look_up(state: Chat) -> dict[str, Any]:
    """Find the order that the newest message names, and show it."""
    named = NUMBER.search(state["messages"][-1].text)
    if named is None:
        return {"messages": []}
    show = get_stream_writer()
    show(Progress(f"Looking for order {named[0]}"))
    order = await run_step(
        "look up an order", lambda: find(named[0], state["customer"]), returns=Order | None
    )
    if order is None:
        return {"messages": [("system", f"There is no order {named[0]}.")]}
    show(order)
    return {"messages": [("system", order.summary)]}


def build(model: BaseChatModel) -> Graph:
    """The graph, with the model that writes."""

    async def write(state: Chat) -> dict[str, Any]:
        return {"messages": [await model.ainvoke([("system", INSTRUCTIONS), *state["messages"]])]}

    graph = StateGraph(Chat)
    graph.add_node("look_up", look_up)
    graph.add_node("write", write)
    graph.add_edge(START, "look_up")
    graph.add_edge("look_up", "write")
    return graph.compile()


async def answer(graph: Graph, said: Sequence[Said], customer: str) -> AsyncIterator[Piece]:
    """Run the graph on a conversation, whose last message is the one to answer."""
    given = Chat(messages=[*said], customer=customer)
    stream: AsyncIterator[Any] = graph.astream(given, stream_mode=["messages", "custom"])
    async for mode, piece in stream:
        if mode == "custom":
            yield piece
            continue
        message, where = piece
        if where["langgraph_node"] == "write" and message.text:
            yield message.text


def chat_model() -> BaseChatModel:
    """The model of this deployment; without a key one that says that it is none."""
    if os.environ.get("OPENAI_API_KEY"):
        return ChatOpenAI(model=os.environ.get("MODEL") or "gpt-4.1")
    return KeylessModel()


class KeylessModel(SimpleChatModel):
    """Repeats what was looked up, so that the app can be tried without a key."""

    @property
    def _llm_type(self) -> str:
        return "keyless"

    def _call(self, messages: list[BaseMessage], *_: Any, **__: Any) -> str:
        newest = messages[-1]
        if newest.type == "system":
            return newest.text
        return "This is no model: set OPENAI_API_KEY, or ask for order A-1042."
