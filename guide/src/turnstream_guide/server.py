"""The guide as a ChatKit server: makes a `Turn` of each request, and answers it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from chatkit.actions import Action
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import (
    AudioInput,
    HiddenContextItem,
    SyncCustomActionResponse,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    TranscriptionResult,
    UserMessageItem,
    WidgetItem,
)
from chatkit.widgets import WidgetRoot
from pydantic import BaseModel
from turnstream.contracts.entities import Entity
from turnstream.contracts.turns import RequestContext
from turnstream.errors import Unprocessable
from turnstream.i18n import negotiate
from turnstream_worker.api import (
    FactStore,
    ModelVision,
    client_tools,
    default_provider,
    remote_tools,
)
from turnstream_worker.api.markup import WIDGET_ACTION

from turnstream_guide import keyless_model
from turnstream_guide.actions import ActionRefused, Actions, refusal
from turnstream_guide.conversation.answering import answer
from turnstream_guide.conversation.dictation import transcribe
from turnstream_guide.conversation.entities import GuideEntities, no_facts
from turnstream_guide.conversation.services import GuideServices
from turnstream_guide.demonstrations import demonstrations
from turnstream_guide.docs_search.guides import read_guides
from turnstream_guide.language.texts import translator
from turnstream_guide.settings import GuideSettings
from turnstream_guide.times import now
from turnstream_guide.turn import Turn


class GuideServer(ChatKitServer[RequestContext]):
    """Answers with the guide agent, handles its widgets' actions, and titles new threads."""

    def __init__(self, store: Store[RequestContext], services: GuideServices) -> None:
        super().__init__(store)
        self._services = services
        self._actions = Actions(each.actions for each in services.demonstrations)
        self._sync_actions = Actions(each.sync_actions for each in services.demonstrations)

    def respond(
        self,
        thread: ThreadMetadata,
        input_user_message: UserMessageItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Answer the newest message, or go on after a client tool when there is none."""
        return answer(self._services, self._turn(thread, context, message=input_user_message))

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: RequestContext,
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Handle an action of a widget.

        An action that is unknown, malformed or refused gets a notice, and the model never reads of
        it.
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
        context: RequestContext,
    ) -> SyncCustomActionResponse:
        """Answer an action, also while a turn runs. Raises `Unprocessable` for a bad one."""
        turn = self._turn(thread, context, sender=sender)
        try:
            typed, handle = self._sync_actions.find(action, turn.translate)
            response: SyncCustomActionResponse = await handle(typed, turn)
        except ActionRefused as error:
            raise Unprocessable(str(error)) from error
        return response

    async def transcribe(
        self, audio_input: AudioInput, context: RequestContext
    ) -> TranscriptionResult:
        """The words of a clip; see `dictation` for what it raises."""
        return TranscriptionResult(text=await transcribe(audio_input, default_provider()))

    async def search_entities(self, query: str, context: RequestContext) -> Sequence[Entity]:
        """The guides and the user's facts that fit; see `OffersEntities`."""
        return await self._services.entities.search(query, _locale(context))

    async def preview_entity(self, entity_id: str, context: RequestContext) -> WidgetRoot:
        """A preview of a mention; see `OffersEntities`."""
        return await self._services.entities.preview(entity_id, _locale(context))

    def _turn(
        self,
        thread: ThreadMetadata,
        context: RequestContext,
        message: UserMessageItem | None = None,
        sender: WidgetItem | None = None,
    ) -> Turn:
        locale = _locale(context)
        turn = Turn(
            thread=thread,
            store=self.store,
            context=context,
            models=self._services.models,
            model=self._services.model([message] if message else [], context),
            locale=locale,
            translate=translator(locale),
            answer=lambda: answer(self._services, turn),
            resume=lambda decision: answer(self._services, turn, decision),
            tools=self._services.tools,
            message=message,
            sender=sender,
        )
        return turn


def _locale(context: RequestContext) -> str:
    return negotiate(context.locale)


def _note_of(action: BaseModel, turn: Turn) -> HiddenContextItem:
    """The note that tells the model of an action of the user."""
    widget = turn.sender.id if turn.sender else None
    return HiddenContextItem(
        id=turn.store.generate_item_id("message", turn.thread, turn.context),
        thread_id=turn.thread.id,
        created_at=now(),
        content={WIDGET_ACTION: {**action.model_dump(mode="json"), "widget": widget}},
    )


def create(store: Store[RequestContext]) -> GuideServer:
    """The guide with the models of this process and the tools of the live catalogue."""
    models = default_provider()
    shown = demonstrations()
    keyless_model.create().set_rules(rule for each in shown for rule in each.rules)
    services = GuideServices(
        models=models,
        tools=remote_tools,
        client_tools=client_tools,
        choices=models.settings.model_choices,
        demonstrations=shown,
        vision=ModelVision.of(models.settings),
        entities=GuideEntities(
            read_guides(GuideSettings().docs_dir),
            store.facts if isinstance(store, FactStore) else no_facts,
        ),
    )
    return GuideServer(store, services)
