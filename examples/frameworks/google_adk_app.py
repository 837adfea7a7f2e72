"""An agent of Google's ADK: ASSISTANT=google_adk_app:create

ADK keeps a session of its own for each run. The thread is the truth, so each turn makes a session
of it and forgets it afterwards: any worker may run the next turn.
"""

import os
from collections.abc import AsyncIterator
from typing import Any

from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.events import Event
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.genai import types
from plain_text import Said, conversation, message
from turnstream import recorded_stream

MODEL = os.environ.get("MODEL", "gemini-2.5-flash")
agent = LlmAgent(name="helper", model=MODEL, instruction="Answer in one sentence.")


def content(said: Said) -> types.Content:
    role = "user" if said.role == "user" else "model"
    return types.Content(role=role, parts=[types.Part(text=said.text)])


async def answer(said: list[Said], user: str) -> AsyncIterator[str]:
    *history, question = said
    sessions = InMemorySessionService()
    runner = Runner(agent=agent, app_name="example", session_service=sessions)
    session = await sessions.create_session(app_name="example", user_id=user)
    for each in history:
        author = "user" if each.role == "user" else agent.name
        await sessions.append_event(session, Event(author=author, content=content(each)))
    streamed = RunConfig(streaming_mode=StreamingMode.SSE)
    async for event in runner.run_async(
        user_id=user, session_id=session.id, new_message=content(question), run_config=streamed
    ):
        if event.partial and event.content:
            yield "".join(part.text or "" for part in event.content.parts or ())


class AdkServer(ChatKitServer[Any]):
    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        said = await conversation(self.store, thread, context)
        words = recorded_stream("answer", lambda: answer(said, context.user_id))
        async for event in message(self.store, thread, context, words):
            yield event


def create(store: Store[Any]) -> AdkServer:
    return AdkServer(store)
