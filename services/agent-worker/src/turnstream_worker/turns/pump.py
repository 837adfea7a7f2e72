"""The event pump: runs an assistant and passes its events on, as the stock server does.

It does what `ChatKitServer.process` does between the request and the bytes, with the public methods
of the server. Differential tests compare the two.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from datetime import timedelta
from typing import Any

from chatkit.actions import Action
from chatkit.server import agents_sdk_user_agent_override
from chatkit.types import (
    Page,
    StreamOptionsEvent,
    Thread,
    ThreadMetadata,
    ThreadStreamEvent,
    ThreadUpdatedEvent,
    UserMessageItem,
    WidgetItem,
)
from turnstream.contracts.turns import ClaimedTurn
from turnstream.errors import CredentialsUnreadable

from turnstream_worker import chatkit_json
from turnstream_worker.assistant import Assistant
from turnstream_worker.callers import current_caller
from turnstream_worker.output.event_output import EventOutput
from turnstream_worker.turns.app_tasks import AppTasks


class EventPump:
    """Passes the events of one attempt from the assistant to the output."""

    def __init__(
        self,
        assistant: Assistant,
        output: EventOutput,
        claimed: ClaimedTurn,
        task_timeout: timedelta = timedelta(0),
    ) -> None:
        self._assistant = assistant
        self._server = assistant.server
        self._store = assistant.store
        self._output = output
        self._claimed = claimed
        self._task_timeout = task_timeout
        self.context: object = claimed.context
        """What the methods of the server get as their `context`."""
        self.thread = chatkit_json.load_thread(claimed.thread)
        self._last_thread = self.thread.model_copy(deep=True)

    async def run(self) -> None:
        """Run the assistant to its end. Raises what the assistant raises."""
        if self._claimed.credentials is not None:
            raise CredentialsUnreadable("CREDENTIAL_KEYS of this worker cannot open the headers.")
        begun = AppTasks()
        self.context = await self._assistant.context_for(self._claimed.context)
        if (caller := current_caller()) is not None:
            caller.recognize(self.context)
        options = self._server.get_stream_options(self.thread, self.context)
        self._output.emit(StreamOptionsEvent(stream_options=options))
        for document in self._claimed.prelude:
            self._output.show(document)
        stream = self._answer()
        try:
            with agents_sdk_user_agent_override():
                async for event in stream:
                    self._output.emit(event)
                    if self.thread != self._last_thread:
                        await _uninterrupted(self.update_thread())
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
        await begun.ended(self._task_timeout, self._claimed.turn_id)
        await self.update_thread()

    async def update_thread(self) -> None:
        """Save and show what the assistant changed in the thread since the last call."""
        if self.thread == self._last_thread:
            return
        self._last_thread = self.thread.model_copy(deep=True)
        await self._store.save_thread(self.thread, self._claimed.context)
        self._output.emit(ThreadUpdatedEvent(thread=_public(self.thread)))

    def _answer(self) -> AsyncIterator[ThreadStreamEvent]:
        context, request = self.context, self._claimed.request
        document = self._claimed.input_item
        item = chatkit_json.load_item(document) if document is not None else None
        if request["type"] == "threads.custom_action":
            action = Action[str, Any].model_validate(request["params"]["action"])
            sender = item if isinstance(item, WidgetItem) else None
            return self._server.action(self.thread, action, sender, context)
        message = item if isinstance(item, UserMessageItem) else None
        return self._server.respond(self.thread, message, context)


async def _uninterrupted(step: Coroutine[object, object, None]) -> None:
    """Finish a step even if this task is cancelled: stored and not shown would be half a step."""
    task = asyncio.create_task(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _public(thread: ThreadMetadata) -> Thread:
    """The thread as clients see it: without its metadata."""
    return Thread(
        id=thread.id,
        title=thread.title,
        created_at=thread.created_at,
        items=Page(),
        status=thread.status,
        allowed_image_domains=thread.allowed_image_domains,
    )
