"""A Pydantic AI agent: ASSISTANT=pydantic_ai_app:create

Its tool is a step of its own: a worker that dies in the middle of the answer leaves the record.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from plain_text import Said, conversation, message
from pydantic_ai import Agent, ModelMessage, ModelRequest, ModelResponse, TextPart
from turnstream import recorded_stream, run_step

agent = Agent(
    f"openai-chat:{os.environ.get('MODEL', 'gpt-4.1')}", instructions="Answer in one sentence."
)


@agent.tool_plain
async def opening_hours(day: str) -> str:
    """The opening hours on a day of the week."""
    return await run_step(f"opening hours on {day}", lambda: f"On {day} we open at nine.")


def as_message(said: Said) -> ModelMessage:
    if said.role == "user":
        return ModelRequest.user_text_prompt(said.text)
    return ModelResponse(parts=[TextPart(said.text)])


async def answer(said: list[Said]) -> AsyncIterator[str]:
    *history, question = said
    earlier = [as_message(each) for each in history]
    async with agent.run_stream(question.text, message_history=earlier) as result:
        async for chunk in result.stream_text(delta=True):
            yield chunk


class PydanticAIServer(ChatKitServer[Any]):
    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        said = await conversation(self.store, thread, context)
        words = recorded_stream("answer", lambda: answer(said))
        async for event in message(self.store, thread, context, words):
            yield event


def create(store: Store[Any]) -> PydanticAIServer:
    return PydanticAIServer(store)
