"""Plain OpenAI streaming: ASSISTANT=openai_app:create

A turn that is run again shows the recorded answer, and does not ask the model a second time.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from openai import AsyncOpenAI
from plain_text import Said, conversation, message
from turnstream import recorded_stream

client = AsyncOpenAI()


async def answer(said: list[Said]) -> AsyncIterator[str]:
    stream = await client.responses.create(
        model=os.environ.get("MODEL", "gpt-4.1"),
        instructions="Answer in one sentence.",
        input=[{"role": each.role, "content": each.text} for each in said],
        stream=True,
    )
    async for event in stream:
        if event.type == "response.output_text.delta":
            yield event.delta


class OpenAIServer(ChatKitServer[Any]):
    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        said = await conversation(self.store, thread, context)
        words = recorded_stream("answer", lambda: answer(said))
        async for event in message(self.store, thread, context, words):
            yield event


def create(store: Store[Any]) -> OpenAIServer:
    return OpenAIServer(store)
