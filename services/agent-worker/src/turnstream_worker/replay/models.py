"""Every model that an assistant uses, journaled, without asking the app.

A response that ended is recorded as it ends, and durable before the next model or tool is called;
a second attempt gets it played back and buys nothing twice. Only the call that was in flight is
made again.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import orjson
from agents import AgentOutputSchemaBase, Handoff, ModelSettings, ModelTracing, Tool
from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from agents.models.interface import Model
from agents.usage import Usage
from openai.types.responses import Response, ResponseCompletedEvent, ResponseOutputItem
from openai.types.responses.response_prompt_param import ResponsePromptParam
from prometheus_client import Counter
from pydantic import TypeAdapter

from turnstream_worker.attempt import Attempt
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.playback import playback
from turnstream_worker.replay.stable_ids import StableIds
from turnstream_worker.sdk.annotations import plain_annotation
from turnstream_worker.sdk.model_proxy import ModelProxy

CALLS = Counter("turnstream_model_calls_total", "Model calls, bought or played back.", ["how"])

_OUTPUT: TypeAdapter[list[ResponseOutputItem]] = TypeAdapter(list[ResponseOutputItem])
_USAGE: TypeAdapter[Usage] = TypeAdapter(Usage)


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
        key = self._journal.key_of("model", self._agent, input)
        recorded = self._journal.recorded(key)
        if recorded is not None:
            CALLS.labels("played_back").inc()
            return ModelResponse(
                output=_OUTPUT.validate_python(recorded["output"]),
                usage=_USAGE.validate_python(recorded["usage"]),
                response_id=recorded["response_id"],
            )
        CALLS.labels("bought").inc()
        try:
            await self._journal.committed()
            response = await self._inner.get_response(
                system_instructions,
                input,
                model_settings,
                tools,
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

    async def _record(self, key: str, response: ModelResponse) -> None:
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        for item in response.output:
            ids.replace_in(item)
        record = {
            "output": _OUTPUT.dump_python(response.output, mode="json", exclude_unset=True),
            "usage": _USAGE.dump_python(response.usage, mode="json"),
            "response_id": response.response_id,
        }
        self._journal.record(key, orjson.dumps(record).decode())
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
        key = self._journal.key_of("stream", self._agent, input)
        recorded = self._journal.recorded(key)
        if recorded is not None:
            CALLS.labels("played_back").inc()
            for event in playback(Response.model_validate(recorded)):
                yield event
            return
        CALLS.labels("bought").inc()
        stream = self._inner.stream_response(
            system_instructions,
            input,
            model_settings,
            tools,
            output_schema,
            handoffs,
            tracing,
            previous_response_id=previous_response_id,
            conversation_id=conversation_id,
            prompt=prompt,
        )
        async with aclosing(self._recorded(key, stream)) as events:
            async for event in events:
                yield event

    async def _recorded(
        self, key: str, stream: AsyncIterator[TResponseStreamEvent]
    ) -> AsyncGenerator[TResponseStreamEvent]:
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        ended = False
        try:
            await self._journal.committed()
            async for event in stream:
                ids.replace_in_event(event)
                if isinstance(event, ResponseCompletedEvent):
                    # Only what was set: the SDK builds the next input from that, and the next
                    # attempt must ask the next model exactly the same.
                    self._journal.record(key, event.response.model_dump_json(exclude_unset=True))
                    ended = True
                yield plain_annotation(event)
        finally:
            if not ended:
                self._journal.forget(key)
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()
