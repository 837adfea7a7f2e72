"""The guide as a ChatKit server: a thread's newest items in, the events of an answer out."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, cast

from agents import MaxTurnsExceeded, Model, ModelProvider, RunConfig, Runner, Tool
from chatkit.actions import Action
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    NoticeEvent,
    ProgressUpdateEvent,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)

from agent_worker.assistants.guide.agent import guide_agent
from agent_worker.assistants.guide.titles import titled
from agent_worker.models import default_provider
from agent_worker.remote_tools import client_tools, remote_tools
from agent_worker.thread_items import GuideItems

HISTORY = 30
"""Items the model sees: enough for a conversation to hang together, few enough to stay cheap."""
MAX_STEPS = 10
"""Model calls in one turn. The guide needs two or three; ten is a model going in circles."""
GAVE_UP = (
    "I stopped after {steps} steps without coming to an end. "
    "Tell me if I should try again, or ask for a smaller part."
)


class GuideServer(ChatKitServer[Any]):
    """Answers with the guide agent and gives new threads a title.

    `tools` and `client_tools` are asked anew for each turn: the catalogue may change under way.
    `choices` are the models that a client may name; any other name is ignored.
    """

    def __init__(
        self,
        store: Store[Any],
        *,
        models: ModelProvider,
        tools: Callable[[], Sequence[Tool]],
        client_tools: Callable[[], Collection[str]],
        choices: Collection[str] = (),
    ) -> None:
        super().__init__(store)
        self._models = models
        self._tools = tools
        self._client_tools = client_tools
        self._choices = choices
        self._items = GuideItems()

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Answer the newest message, or go on after a client tool when there is none."""
        history = await self._history(thread, context)
        model = self._model(history)
        wish = input_user_message and input_user_message.inference_options.tool_choice
        agent = guide_agent(model, self._tools(), self._client_tools(), wish.id if wish else None)
        items = await self._items.to_agent_input(history)
        run_config = RunConfig(workflow_name="guide", group_id=thread.id)
        agent_context: AgentContext[Any] = AgentContext(
            thread=thread, store=self.store, request_context=context
        )
        async with titled(thread, input_user_message, model):
            result = Runner.run_streamed(
                agent, items, context=agent_context, max_turns=MAX_STEPS, run_config=run_config
            )
            try:
                async with aclosing(
                    cast(Any, stream_agent_response(agent_context, result))
                ) as events:
                    async for event in events:
                        yield event
            except MaxTurnsExceeded:
                for event in _gave_up(agent_context):
                    yield event
            finally:
                result.cancel()
                # ChatKit leaves a task waiting for this queue when a run fails or is cancelled.
                await agent_context.stream(ProgressUpdateEvent(text=""))

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Any,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """The guide's widgets have no server actions: say so instead of failing."""
        yield NoticeEvent(
            level="warning",
            title="Nothing happened",
            message=f"This assistant does not know the action `{action.type}`.",
        )

    async def _history(self, thread: ThreadMetadata, context: Any) -> list[ThreadItem]:
        newest = await self.store.load_thread_items(thread.id, None, HISTORY, "desc", context)
        return newest.data[::-1]

    def _model(self, history: Sequence[ThreadItem]) -> Model:
        said = [item for item in history if isinstance(item, UserMessageItem)]
        wish = said[-1].inference_options.model if said else None
        return self._models.get_model(wish if wish in self._choices else None)


def create(store: Store[Any]) -> GuideServer:
    """The guide with the models of this process and the tools of the live catalogue."""
    models = default_provider()
    return GuideServer(
        store,
        models=models,
        tools=remote_tools,
        client_tools=client_tools,
        choices=models.settings.model_choices,
    )


def _gave_up(context: AgentContext[Any]) -> list[ThreadStreamEvent]:
    open_items: list[ThreadItem] = [context.workflow_item] if context.workflow_item else []
    text = GAVE_UP.format(steps=MAX_STEPS)
    message = AssistantMessageItem(
        id=context.generate_id("message"),
        thread_id=context.thread.id,
        created_at=datetime.now(),  # noqa: DTZ005  # ChatKit wants naive times; see wire.py
        content=[AssistantMessageContent(text=text, annotations=[])],
    )
    return [ThreadItemDoneEvent(item=item) for item in (*open_items, message)]
