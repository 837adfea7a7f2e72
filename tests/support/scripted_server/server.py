"""The server: finds the scene for a message, and reacts to everything else a client can send."""

import json
from collections.abc import AsyncIterator
from typing import Any

from chatkit.actions import Action
from chatkit.errors import CustomStreamError
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import (
    AudioInput,
    FeedbackKind,
    HiddenContextItem,
    StreamOptions,
    SyncCustomActionResponse,
    ThreadItemReplacedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    TranscriptionResult,
    UserMessageItem,
    UserMessageTextContent,
    WidgetItem,
)
from chatkit.widgets import Card, Text

from . import (
    agent_scenes,  # noqa: F401 - each of these puts its scenes on the programme
    failing_scenes,  # noqa: F401
    plain_scenes,  # noqa: F401
    store_scenes,  # noqa: F401
    thread_scenes,  # noqa: F401
    widget_scenes,  # noqa: F401
)
from .asking_scenes import answer_heard
from .attachments import ScriptedAttachments
from .scenes import Turn, find


class ScriptedServer(ChatKitServer[Any]):
    """Deterministic but for ids and times."""

    def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        if input_user_message is None:
            return answer_heard(Turn(self.store, thread, None, context))
        first = input_user_message.content[0]
        text = first.text if isinstance(first, UserMessageTextContent) else ""
        play, words = find(text)
        return play(Turn(self.store, thread, input_user_message, context, words))

    async def action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Any,
    ) -> AsyncIterator[ThreadStreamEvent]:
        turn = Turn(self.store, thread, None, context)
        match action.type:
            case "say":
                origin = sender.widget.type if sender else "the page"
                yield turn.says(f"{origin} says {json.dumps(action.payload)}")
            case "replace" if sender is not None:
                yield ThreadItemReplacedEvent(item=_changed(sender, action.payload))
            case "label" if sender is not None:
                labelled = sender.model_copy(update={"copy_text": action.payload})
                yield ThreadItemReplacedEvent(item=labelled)
            case "rename":
                thread.title = action.payload
                yield turn.says("renamed")
            case other:
                raise CustomStreamError(f"Nobody knows {other}.")

    async def sync_action(
        self,
        thread: ThreadMetadata,
        action: Action[str, Any],
        sender: WidgetItem | None,
        context: Any,
    ) -> SyncCustomActionResponse:
        if action.type == "fail":
            raise ValueError("as asked")
        if sender is None:
            return SyncCustomActionResponse()
        updated = _changed(sender, action.payload)
        await self.store.save_item(thread.id, updated, context)
        return SyncCustomActionResponse(updated_item=updated)

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: Any
    ) -> None:
        """Kept where the next turn finds it, and no client."""
        thread = await self.store.load_thread(thread_id, context)
        head = Turn(self.store, thread, None, context).head()
        content = f"{feedback} on {len(item_ids)}"
        item = HiddenContextItem(**head, content=content)
        await self.store.add_thread_item(thread_id, item, context)

    async def transcribe(self, audio_input: AudioInput, context: Any) -> TranscriptionResult:
        heard = audio_input.data.decode("latin-1")
        return TranscriptionResult(text=f"{audio_input.media_type}: {heard}")

    def get_stream_options(self, thread: ThreadMetadata, context: Any) -> StreamOptions:
        return StreamOptions(allow_cancel=thread.metadata.get("allow_cancel", True))


def create(store: Store[Any]) -> ScriptedServer:
    return ScriptedServer(store, ScriptedAttachments())


def _changed(sender: WidgetItem, text: str) -> WidgetItem:
    return sender.model_copy(update={"widget": Card(children=[Text(value=text)])})
