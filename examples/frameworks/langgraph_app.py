"""A LangGraph graph: ASSISTANT=langgraph_app:create

Two records: what was retrieved, and the answer. A worker that dies in the middle of the answer
leaves the first, so the next attempt runs the graph without searching again.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from plain_text import Said, conversation, message
from turnstream import recorded_stream, run_step

model = ChatOpenAI(model=os.environ.get("MODEL", "gpt-4.1"))
HANDBOOK = ["Holidays are paid.", "Lunch is at noon."]


def search(question: str) -> list[str]:
    return [line for line in HANDBOOK if line.split()[0].lower() in question.lower()]


async def retrieve(state: MessagesState) -> dict[str, Any]:
    question = state["messages"][-1].text
    found = await run_step("search the handbook", lambda: search(question))
    return {"messages": [("system", f"The handbook says: {found}")]}


async def write(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await model.ainvoke(state["messages"])]}


graph = StateGraph(MessagesState).add_sequence([retrieve, write]).add_edge(START, "retrieve")
assistant = graph.compile()


async def answer(said: list[Said]) -> AsyncIterator[str]:
    given = {"messages": [tuple(each) for each in said]}
    async for chunk, told in assistant.astream(given, stream_mode="messages"):
        if told["langgraph_node"] == "write" and chunk.text:
            yield str(chunk.text)


class GraphServer(ChatKitServer[Any]):
    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        said = await conversation(self.store, thread, context)
        words = recorded_stream("answer", lambda: answer(said))
        async for event in message(self.store, thread, context, words):
            yield event


def create(store: Store[Any]) -> GraphServer:
    return GraphServer(store)
