"""The demo model behind the Agents SDK's `Model` interface."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import timedelta

from agents import (
    AgentOutputSchemaBase,
    Handoff,
    Model,
    ModelResponse,
    ModelSettings,
    ModelTracing,
    Tool,
    TResponseInputItem,
    Usage,
)
from agents.items import TResponseStreamEvent
from openai.types.responses import ResponseCompletedEvent
from openai.types.responses.response_prompt_param import ResponsePromptParam
from pydantic_core import to_json

from turnstream_guide.keyless_model import events
from turnstream_guide.keyless_model.conversation import read
from turnstream_guide.keyless_model.events import DEMO_MODEL_NAME
from turnstream_guide.keyless_model.plans import Rule, Say
from turnstream_guide.keyless_model.request import Request, offers
from turnstream_guide.keyless_model.sentences import decide, title
from turnstream_guide.phrases import PHRASES, Sentences

__all__ = ["DEMO_MODEL_NAME", "DemoModel"]

CHARACTERS_PER_TOKEN = 4
"""The usual rule of thumb; the demo model's usage numbers are plausible, not exact."""

_TITLE_REQUEST = re.compile(r"\btitle\b", re.IGNORECASE)


class DemoModel(Model):
    """Answers from the request alone: no key, no network, no clock, no memory.

    Equal input items get equal events, ids included, in any process. Only the pace differs:
    `token_delay` passes before each piece of text. Ids differ between two values of `scope`, such
    as two turns, because the same message may be sent twice. `sentences`
    are the sentences that it understands, by the name of the tool that each calls.
    """

    def __init__(
        self,
        token_delay: timedelta = timedelta(0),
        scope: Callable[[], str] = lambda: "",
        sentences: Mapping[str, Sentences] = PHRASES,
    ) -> None:
        self._seconds = token_delay.total_seconds()
        self._scope = scope
        self._sentences = sentences
        self._rules: tuple[Rule, ...] = ()

    def set_rules(self, rules: Iterable[Rule]) -> None:
        """Set the rules for an assistant's agents. They are tried before anything else."""
        self._rules = tuple(rules)

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None = None,
        conversation_id: str | None = None,
        prompt: ResponsePromptParam | None = None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Stream the answer; see `sentences.py` for what is understood."""
        wants_title = (
            not tools and not handoffs and bool(_TITLE_REQUEST.search(system_instructions or ""))
        )
        forced = model_settings.tool_choice
        request = Request(
            conversation=read(input),
            offers=offers(tools, handoffs, self._sentences),
            instructions=system_instructions or "",
            forced=forced if isinstance(forced, str) else None,
        )
        plan = Say(title(request.said)) if wants_title else decide(request, self._rules)
        items = to_json(input)
        digest = _digest(self._scope(), "title" if wants_title else "answer", items)
        for event in events.stream(plan, digest, len(items) // CHARACTERS_PER_TOKEN):
            if event.type.endswith(".delta"):
                # Also without a delay: other turns of this worker run between two words.
                await asyncio.sleep(self._seconds)
            yield event

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None = None,
        conversation_id: str | None = None,
        prompt: ResponsePromptParam | None = None,
    ) -> ModelResponse:
        """The same answer at once: what the stream ends with."""
        async for event in self.stream_response(
            system_instructions,
            input,
            model_settings,
            tools,
            output_schema,
            handoffs,
            tracing,
        ):
            if isinstance(event, ResponseCompletedEvent):
                return _whole(event)
        raise AssertionError("the demo model's stream always completes")


def _digest(scope: str, kind: str, items: bytes) -> str:
    return hashlib.sha256(f"{scope}\n{kind}\n".encode() + items).hexdigest()[:32]


def _whole(event: ResponseCompletedEvent) -> ModelResponse:
    response = event.response
    assert response.usage is not None
    usage = Usage(
        requests=1,
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        total_tokens=response.usage.total_tokens,
    )
    return ModelResponse(output=response.output, usage=usage, response_id=response.id)
