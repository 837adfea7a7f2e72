"""Every model that an assistant uses, journaled, without asking the app.

A response that ended is recorded as it ends, and durable before the next model or tool is called;
a second attempt gets it played back and buys nothing twice. Only the call that was in flight is
made again.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from agents import AgentOutputSchemaBase, Handoff, ModelSettings, ModelTracing, Tool
from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from agents.models.interface import Model
from openai.types.responses import (
    ResponseCompletedEvent,
    ResponseOutputItem,
    ResponseOutputItemDoneEvent,
    ResponseStreamEvent,
)
from openai.types.responses.response_prompt_param import ResponsePromptParam
from prometheus_client import Counter
from turnstream.contracts.turns import Json

from turnstream_worker.attempt import Attempt
from turnstream_worker.replay import plain_json
from turnstream_worker.replay.journal import ASKED, Journal
from turnstream_worker.replay.playback import playback
from turnstream_worker.replay.shapes import shape_of
from turnstream_worker.replay.stable_ids import StableIds
from turnstream_worker.sdk.models import model_answers
from turnstream_worker.sdk.models.annotations import plain_annotation
from turnstream_worker.sdk.models.model_proxy import ModelProxy
from turnstream_worker.tools.tool_limit import within_limit

CALLS = Counter("turnstream_model_calls_total", "Model calls, bought or played back.", ["how"])

THOUGHTS = "thoughts_shown"
"""A field of a streamed response's record: whether its thoughts came as events of their own.

Users see those; thoughts that are only in the response they do not see.
"""
SHOWS_THOUGHTS = frozenset(
    {"response.reasoning_summary_text.delta", "response.reasoning_summary_text.done"}
)

UNREADABLE = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What is raised by a record that was written by another version, or is damaged."""


class JournaledModel(ModelProxy):
    """A model in front of the app's own, which plays back what an earlier attempt recorded."""

    def __init__(self, inner: Model, agent: str, attempt: Attempt, journal: Journal) -> None:
        super().__init__(inner)
        self._agent = agent
        self._attempt = attempt
        self._journal = journal

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
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """A whole response: the recorded one, or a new one that is recorded first."""
        told = self._told(system_instructions, prompt)
        shape = shape_of(*told, model_settings, [*tools, *handoffs], output_schema)
        key = self._journal.key_of("model", self._agent, input, shape)
        recorded = self._recorded_response(key)
        if recorded is not None:
            CALLS.labels("played_back").inc()
            return recorded
        CALLS.labels("bought").inc()
        try:
            await self._journal.committed()
            response = await self._inner.get_response(
                system_instructions,
                input,
                model_settings,
                within_limit(tools, handoffs),
                output_schema,
                handoffs,
                tracing,
                previous_response_id=previous_response_id,
                conversation_id=conversation_id,
                prompt=prompt,
            )
        except BaseException:
            self._journal.forget(key)
            raise
        await self._record(key, response)
        return response

    def _told(
        self, instructions: str | None, prompt: ResponsePromptParam | None
    ) -> tuple[str, str | None]:
        """The names of the model and of a hosted prompt, and all that is said beside the input."""
        name = getattr(self._inner, "model", "")
        name = name if isinstance(name, str) else type(name).__name__
        if prompt is None:
            return name, instructions
        return f"{name} {prompt.get('id')}", f"{instructions} {plain_json.canonical(prompt)}"

    def _recorded_response(self, key: str) -> ModelResponse | None:
        recorded = self._journal.recorded(key)
        if recorded is None:
            return None
        try:
            return _response(recorded)
        except UNREADABLE as error:
            self._journal.distrust(key, error)
            return None

    async def _record(self, key: str, response: ModelResponse) -> None:
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        for item in response.output:
            ids.replace_in(item)
        record = {
            "output": model_answers.items_data(response.output),
            "usage": model_answers.usage_data(response.usage),
            "response_id": response.response_id,
            "request_id": response.request_id,
            "raw_usage": response.raw_usage,
        }
        self._journal.record(key, record)
        await self._journal.committed()  # nothing follows at once that it could be committed with

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
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The events of a response: played back from the record, or passed on as they come."""
        told = self._told(system_instructions, prompt)
        shape = shape_of(*told, model_settings, [*tools, *handoffs], output_schema)
        key = self._journal.key_of("stream", self._agent, input, shape)
        recorded = self._recorded_events(key)
        if recorded is not None:
            CALLS.labels("played_back").inc()
            for event in recorded:
                yield event
            return
        CALLS.labels("bought").inc()
        stream = self._inner.stream_response(
            system_instructions,
            input,
            model_settings,
            within_limit(tools, handoffs),
            output_schema,
            handoffs,
            tracing,
            previous_response_id=previous_response_id,
            conversation_id=conversation_id,
            prompt=prompt,
        )
        async with aclosing(self._bought(key, stream)) as events:
            async for event in events:
                yield event

    def _recorded_events(self, key: str) -> list[ResponseStreamEvent] | None:
        recorded = self._journal.recorded(key)
        if recorded is None:
            return None
        try:
            thoughts = recorded.pop(THOUGHTS, True)
            recorded.pop(ASKED, None)
            events = list(playback(model_answers.response_from(recorded), thoughts=thoughts))
        except UNREADABLE as error:
            self._journal.distrust(key, error)
            return None
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        for event in events:
            ids.replace_in_event(event)
        return events

    async def _bought(
        self, key: str, stream: AsyncIterator[TResponseStreamEvent]
    ) -> AsyncGenerator[TResponseStreamEvent]:
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        done: list[ResponseOutputItem] = []
        thoughts = ended = False
        try:
            await self._journal.committed()
            async for event in stream:
                ids.replace_in_event(event)
                thoughts = thoughts or event.type in SHOWS_THOUGHTS
                if isinstance(event, ResponseOutputItemDoneEvent):
                    done.append(event.item)
                elif isinstance(event, ResponseCompletedEvent) and event.response is not None:
                    # Some servers end with an empty response, and the SDK takes the items.
                    event.response.output = event.response.output or done
                    record = model_answers.response_data(event.response)
                    self._journal.record(key, {**record, THOUGHTS: thoughts})
                    ended = True
                yield plain_annotation(event)
        finally:
            if not ended:
                self._journal.forget(key)
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()


def _response(recorded: Json) -> ModelResponse:
    response = ModelResponse(
        output=[],
        usage=model_answers.usage_from(recorded["usage"]),
        response_id=recorded["response_id"],
        request_id=recorded.get("request_id"),
        raw_usage=recorded.get("raw_usage"),
    )
    response.output = model_answers.items_from(recorded["output"])  # not checked, unlike above
    return response
