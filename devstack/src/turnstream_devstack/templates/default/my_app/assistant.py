"""Who answers: one agent with the tools of `my_app.tools`."""

from collections.abc import AsyncIterator

from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from turnstream.contracts.turns import RequestContext
from turnstream_worker.api import remote_tools

INSTRUCTIONS = "You help customers of a shop with their orders. Be brief."
HISTORY = 30
"""Items of the thread that the model reads, the newest ones."""


class Assistant(ChatKitServer[RequestContext]):
    """An ordinary ChatKit server. Its agent names no model, so it gets that of the deployment."""

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Answer the newest message. After a crash this is called again, and nothing is repeated
        that had ended: neither an answer of the model nor a tool.
        """
        page = await self.store.load_thread_items(thread.id, None, HISTORY, "desc", context)
        conversation = await simple_to_agent_input(page.data[::-1])
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        agent = Agent[AgentContext[RequestContext]](
            name="my-app",
            instructions=INSTRUCTIONS,
            tools=[*remote_tools("look_up_order")],
        )
        result = Runner.run_streamed(agent, conversation, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


def create(store: Store[RequestContext]) -> Assistant:
    """What `ASSISTANT` names. It is called once in each worker, with a store that is durable."""
    return Assistant(store)
