"""The guide as a ChatKit server: a thread's newest items in, the events of an answer out."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any

from agents import Agent, Model, ModelProvider, Tool, TResponseInputItem
from chatkit.actions import Action
from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import (
    AudioInput,
    HiddenContextItem,
    SyncCustomActionResponse,
    ThreadItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    TranscriptionResult,
    UserMessageItem,
    WidgetItem,
)
from chatkit.widgets import WidgetRoot
from pydantic import BaseModel
from turnstream.contracts.approvals import Decision
from turnstream.contracts.entities import Entity
from turnstream.errors import Unprocessable
from turnstream.guides import read_guides
from turnstream.i18n import negotiate, translator

from agent_worker.assistants.guide.actions import ActionRefused, Actions, refusal
from agent_worker.assistants.guide.agent import guide_agent
from agent_worker.assistants.guide.approvals import TakenUp, take_up, waits
from agent_worker.assistants.guide.demonstration import Demonstration, Turn
from agent_worker.assistants.guide.demonstrations import demonstrations
from agent_worker.assistants.guide.dictation import transcribe
from agent_worker.assistants.guide.entities import GuideEntities, no_facts
from agent_worker.assistants.guide.running import run_agent
from agent_worker.assistants.guide.settings import GuideSettings
from agent_worker.assistants.guide.titles import titled
from agent_worker.attachments import Sight
from agent_worker.attempt import current_attempt
from agent_worker.markup import WIDGET_ACTION
from agent_worker.models import default_provider
from agent_worker.remote_tools import client_tools, remote_tools
from agent_worker.thread_items import GuideItems
from agent_worker.turn_store import TurnStore

HISTORY = 30
"""Items the model sees: enough for a conversation to hang together, few enough to stay cheap."""


class GuideServer(ChatKitServer[Any]):
    """Answers with the guide agent, handles its widgets' actions, and titles new threads.

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
        demonstrations: Sequence[Demonstration] = (),
        sight: Sight = Sight(),  # noqa: B008  # immutable
        entities: GuideEntities | None = None,
    ) -> None:
        super().__init__(store)
        self._models = models
        self._tools = tools
        self._client_tools = client_tools
        self._choices = choices
        self._sight = sight
        self._entities = entities or GuideEntities()
        self._demonstrations = demonstrations
        self._actions = Actions(each.actions for each in demonstrations)
        self._sync_actions = Actions(each.sync_actions for each in demonstrations)

    def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Answer the newest message, or go on after a client tool when there is none."""
        return self._answer(self._turn(thread, context, message=input_user_message))

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Any,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Do what a widget's action asks for; one that is unknown, malformed or refused by its
        handler gets a notice, and is nothing that the model ever reads of.
        """
        turn = self._turn(thread, context, sender=sender)
        note = None
        try:
            typed, handle = self._actions.find(action, turn.translate)
            note = _note_of(typed, turn)
            yield ThreadItemDoneEvent(item=note)
            async with aclosing(handle(typed, turn)) as events:
                async for event in events:
                    yield event
        except ActionRefused as error:
            if note is not None:
                await self.store.delete_thread_item(thread.id, note.id, context)
            yield refusal(error, turn.translate)

    async def sync_action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Any,
    ) -> SyncCustomActionResponse:
        """Answer an action beside whatever turn runs. Raises `Unprocessable` for a bad one."""
        turn = self._turn(thread, context, sender=sender)
        try:
            typed, handle = self._sync_actions.find(action, turn.translate)
            response: SyncCustomActionResponse = await handle(typed, turn)
        except ActionRefused as error:
            raise Unprocessable(str(error)) from error
        return response

    async def transcribe(self, audio_input: AudioInput, context: Any) -> TranscriptionResult:
        """The words of a clip; see `dictation` for what it raises."""
        return TranscriptionResult(text=await transcribe(audio_input, default_provider()))

    async def search_entities(self, query: str, context: Any) -> Sequence[Entity]:
        """The guides and the user's facts that fit; see `OffersEntities`."""
        return await self._entities.search(query, _locale(context))

    async def preview_entity(self, entity_id: str, context: Any) -> WidgetRoot:
        """What is behind a mention; see `OffersEntities`."""
        return await self._entities.preview(entity_id, _locale(context))

    def _turn(
        self,
        thread: ThreadMetadata,
        context: Any,
        message: UserMessageItem | None = None,
        sender: WidgetItem | None = None,
    ) -> Turn:
        locale = _locale(context)
        turn = Turn(
            thread=thread,
            store=self.store,
            context=context,
            models=self._models,
            model=self._model([message] if message else []),
            locale=locale,
            translate=translator(locale),
            answer=lambda: self._answer(turn),
            resume=lambda decision: self._answer(turn, decision),
            message=message,
            sender=sender,
        )
        return turn

    async def _answer(
        self, turn: Turn, decision: Decision | None = None
    ) -> AsyncGenerator[ThreadStreamEvent, None]:
        history = await self._history(turn)
        turn = replace(turn, model=self._model(history))
        agent = guide_agent(turn, self._tools(), self._client_tools(), self._demonstrations)
        rails = [rail for each in self._demonstrations for rail in each.output_guardrails(turn)]
        agent_context: AgentContext[Any] = AgentContext(
            thread=turn.thread, store=self.store, request_context=turn.context
        )
        taken = await self._taken_up(turn, agent, decision)
        for event in taken.events:
            yield event
        if decision is not None and taken.state is None:
            return
        turn = replace(turn, cards=taken.cards)
        given = taken.state or await self._input(turn, history)
        async with (
            titled(turn.thread, turn.message, turn.model, agent.input_guardrails),
            aclosing(run_agent(turn, agent, given, agent_context, rails)) as events,
        ):
            async for event in events:
                yield event

    async def _taken_up(
        self, turn: Turn, agent: Agent[AgentContext[Any]], decision: Decision | None
    ) -> TakenUp:
        """The run that a decision is about, or that waits while its user writes a message."""
        if decision is not None:
            return await take_up(turn, agent, decision)
        if turn.message is None or not waits(turn.thread):
            return TakenUp()
        message = await self._read(turn, [turn.message])
        return await take_up(turn, agent, Decision(), message)

    async def _input(self, turn: Turn, history: list[ThreadItem]) -> list[TResponseInputItem]:
        data = [item for each in self._demonstrations for item in each.data(turn)]
        return data + await self._read(turn, history)

    async def _read(self, turn: Turn, items: list[ThreadItem]) -> list[TResponseInputItem]:
        known = self._entities.known(turn.locale)
        return await GuideItems(items, self._sight, known).to_agent_input(items)

    async def _history(self, turn: Turn) -> list[ThreadItem]:
        newest = await self.store.load_thread_items(
            turn.thread.id, None, HISTORY, "desc", turn.context
        )
        history = newest.data[::-1]
        attempt = current_attempt.get()
        answered = attempt.answered_item if attempt else None
        if answered is None:
            return history
        # Answered questions stand where they were asked, and the conversation may have gone on
        # since. For the model the answer is the newest thing that was said.
        item = await self.store.load_item(turn.thread.id, answered, turn.context)
        return [*(each for each in history if each.id != answered), item]

    def _model(self, history: Sequence[ThreadItem]) -> Model:
        said = [item for item in history if isinstance(item, UserMessageItem)]
        wish = said[-1].inference_options.model if said else None
        return self._models.get_model(wish if wish in self._choices else None)


def _locale(context: Any) -> str:
    return negotiate(getattr(context, "locale", None))


def _note_of(action: BaseModel, turn: Turn) -> HiddenContextItem:
    """What the model will read of an action that the user took."""
    widget = turn.sender.id if turn.sender else None
    return HiddenContextItem(
        id=turn.store.generate_item_id("message", turn.thread, turn.context),
        thread_id=turn.thread.id,
        created_at=datetime.now(),  # noqa: DTZ005  # ChatKit wants naive times; see wire.py
        content={WIDGET_ACTION: {**action.model_dump(mode="json"), "widget": widget}},
    )


def create(store: Store[Any]) -> GuideServer:
    """The guide with the models of this process and the tools of the live catalogue."""
    models = default_provider()
    shown = demonstrations()
    models.teach(rule for each in shown for rule in each.rules)
    return GuideServer(
        store,
        models=models,
        tools=remote_tools,
        client_tools=client_tools,
        choices=models.settings.model_choices,
        sight=Sight.of(models.settings),
        demonstrations=shown,
        entities=GuideEntities(
            read_guides(GuideSettings().docs_dir),
            store.facts if isinstance(store, TurnStore) else no_facts,
        ),
    )
