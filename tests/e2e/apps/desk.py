"""Two assistants of one deployment: WORKFLOWS=wf_sales=desk:sales,wf_help=desk:help_desk"""

from collections.abc import AsyncIterator

from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from turnstream.contracts.turns import RequestContext


class Desk(ChatKitServer[RequestContext]):
    def __init__(self, store: Store[RequestContext], job: str) -> None:
        super().__init__(store)
        self.job = job

    async def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        plan = context.state_variables.get("plan", "free")
        agent = Agent[AgentContext[RequestContext]](
            name="desk", instructions=f"{self.job} The customer's plan is {plan}."
        )
        newest = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items = await simple_to_agent_input(newest.data[::-1])
        asked = AgentContext[RequestContext](
            thread=thread, store=self.store, request_context=context
        )
        result = Runner.run_streamed(agent, items, context=asked)
        async for event in stream_agent_response(asked, result):
            yield event


def sales(store: Store[RequestContext]) -> Desk:
    return Desk(store, "You sell.")


def help_desk(store: Store[RequestContext]) -> Desk:
    return Desk(store, "You help.")
