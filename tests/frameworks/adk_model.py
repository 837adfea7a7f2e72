"""A model of ADK that asks the scripted one, because ADK's own asks Google."""

from collections.abc import AsyncGenerator
from typing import Any

from google.adk.models import BaseLlm, LLMRegistry, LlmRequest, LlmResponse
from google.genai import types
from openai import AsyncOpenAI


class ScriptedLlm(BaseLlm):  # type: ignore[misc]  # ADK is not in the developers' environment
    @classmethod
    def supported_models(cls) -> list[str]:
        return ["scripted"]

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        messages = [
            {"role": "user" if each.role == "user" else "assistant", "content": _text(each)}
            for each in llm_request.contents
        ]
        chats: Any = AsyncOpenAI().chat.completions  # its types want more than a test has to say
        whole = ""
        async for chunk in await chats.create(model="scripted", messages=messages, stream=True):
            if chunk.choices and (said := chunk.choices[0].delta.content):
                whole += said
                yield LlmResponse(content=_said(said), partial=True)
        yield LlmResponse(content=_said(whole), partial=False)


def register() -> None:
    """Let agents name it as `scripted`."""
    LLMRegistry.register(ScriptedLlm)


def _text(content: types.Content) -> str:
    return "".join(part.text or "" for part in content.parts or ())


def _said(text: str) -> types.Content:
    return types.Content(role="model", parts=[types.Part(text=text)])
