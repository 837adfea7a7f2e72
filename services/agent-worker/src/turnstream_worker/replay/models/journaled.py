"""Every model that an assistant uses, journaled, without asking the app.

A response that ended is recorded as it ends, and durable before the next model or tool is called;
a second attempt gets it played back and buys nothing twice. Only the call that was in flight is
made again.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

from agents import (
    AgentOutputSchemaBase,
    FunctionTool,
    Handoff,
    ModelSettings,
    ModelTracing,
    Tool,
)
from agents.items import ModelResponse, TResponseInputItem, TResponseStreamEvent
from agents.models.interface import Model
from openai.types.responses import (
    ResponseCompletedEvent,
    ResponseOutputItem,
    ResponseOutputItemDoneEvent,
    ResponseStreamEvent,
)
from openai.types.responses.response_prompt_param import ResponsePromptParam
from turnstream.contracts.turns import Json
from turnstream.errors import TurnstreamError

from turnstream_worker.attempt import Attempt
from turnstream_worker.replay import plain_json
from turnstream_worker.replay.journal import ASKED, Journal
from turnstream_worker.replay.metrics import BOUGHT, MODEL_PLAYBACKS, PLAYED_BACK
from turnstream_worker.replay.models.playback import playback
from turnstream_worker.replay.models.stable_ids import StableIds
from turnstream_worker.replay.requests import Request
from turnstream_worker.replay.shapes import shape_of
from turnstream_worker.sdk.models import model_answers
from turnstream_worker.sdk.models.annotations import plain_annotation
from turnstream_worker.sdk.models.complete_answers import host_of
from turnstream_worker.sdk.models.event_fields import field
from turnstream_worker.sdk.models.model_proxy import ModelProxy
from turnstream_worker.sdk.models.openai_client import by_model
from turnstream_worker.tools.tool_limit import within_limit
from turnstream_worker.usage.call_metrics import TimedCall
from turnstream_worker.usage.model_call import ModelCall

THOUGHTS = "thoughts_shown"
"""A field of a streamed response's record: whether its thoughts came as events of their own.

Users see those. They do not see thoughts that are only in the response.
"""
SHOWS_THOUGHTS = frozenset(
    {"response.reasoning_summary_text.delta", "response.reasoning_summary_text.done"}
)

USED = "used"
"""A field of a model's record: what the call used, for the budget of the next attempt."""

UNREADABLE = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What is raised by a record that was written by another version, or is damaged."""


class JournaledModel(ModelProxy):
    """A model in front of the app's own, which plays back what an earlier attempt recorded."""

    def __init__(self, inner: Model, agent: str, attempt: Attempt, journal: Journal) -> None:
        super().__init__(inner)
        self._agent = agent
        self._attempt = attempt
        self._journal = journal
        self._from_journal = False

    @property
    def from_journal(self) -> bool:
        """True when the newest answer was played back."""
        return self._from_journal

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
        texts = self._name_and_texts(system_instructions, prompt)
        offered = [*tools, *handoffs]
        shape = shape_of(*texts, model_settings, offered, output_schema)
        key = self._journal.key_of("model", self._agent, input, shape)
        schema = _schema_of(output_schema)
        request = Request(self._agent, *texts, input, model_settings, offered, schema)
        self._journal.requests.note(key, request)
        recorded = self._recorded_response(key)
        if recorded is not None:
            return recorded
        asked = [system_instructions, input, shape_texts(tools, handoffs)]
        call = model_call(self._inner, key, self._agent, asked, model_settings)
        try:
            await self._journal.committed()
            await self._admit(call)
            with by_model(), TimedCall(call):
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
        except BaseException as error:
            self._journal.forget(key)
            if isinstance(error, asyncio.CancelledError):  # sent, but its answer was not read
                await self._cut_off(call, 0)
            self._journal.meter.failed(call)
            raise
        await self._record(call, response)
        return response

    async def _admit(self, call: ModelCall) -> None:
        await self._journal.meter.admit(call)
        self._from_journal = False
        BOUGHT.inc()

    async def _cut_off(self, call: ModelCall, answered: int) -> None:
        """Count a call that was bought in vain, and let the next attempt know."""
        usage = await self._journal.meter.cut_off(call, answered)
        with suppress(TurnstreamError):  # the attempt is over
            self._journal.record(usage["key"], usage)

    def _played_back(self, key: str, usage: object) -> None:
        self._from_journal = True
        PLAYED_BACK.inc()
        MODEL_PLAYBACKS.inc()
        if not self._journal.is_paid(key):
            self._journal.meter.played_back(key, usage)

    def _name_and_texts(
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
            response = _response(recorded)
        except UNREADABLE as error:
            self._journal.distrust(key, error)
            return None
        self._played_back(key, recorded.get(USED))
        return response

    async def _record(self, call: ModelCall, response: ModelResponse) -> None:
        key = call.key
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        for item in response.output:
            ids.replace_in(item)
        record = {
            "output": model_answers.items_data(response.output),
            "usage": model_answers.usage_data(response.usage),
            "response_id": response.response_id,
            "request_id": response.request_id,
            "raw_usage": response.raw_usage,
            USED: await self._journal.meter.bought(call, response.usage, answered_by(response)),
        }
        self._journal.record(key, record)
        await self._journal.committed()  # no later write could be batched with it

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
        texts = self._name_and_texts(system_instructions, prompt)
        offered = [*tools, *handoffs]
        shape = shape_of(*texts, model_settings, offered, output_schema)
        key = self._journal.key_of("stream", self._agent, input, shape)
        schema = _schema_of(output_schema)
        request = Request(self._agent, *texts, input, model_settings, offered, schema)
        self._journal.requests.note(key, request)
        recorded = self._recorded_events(key)
        if recorded is not None:
            for event in recorded:
                yield event
            return
        asked = [system_instructions, input, shape_texts(tools, handoffs)]
        call = model_call(self._inner, key, self._agent, asked, model_settings)
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
        async with aclosing(self._bought(call, stream)) as events:
            async for event in events:
                yield event

    def _recorded_events(self, key: str) -> list[ResponseStreamEvent] | None:
        recorded = self._journal.recorded(key)
        if recorded is None:
            return None
        try:
            thoughts = recorded.pop(THOUGHTS, True)
            recorded.pop(ASKED, None)
            used = recorded.pop(USED, None)
            events = list(playback(model_answers.response_from(recorded), thoughts=thoughts))
        except UNREADABLE as error:
            self._journal.distrust(key, error)
            return None
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        for event in events:
            ids.replace_in_event(event)
        self._played_back(key, used)
        return events

    async def _bought(
        self, call: ModelCall, stream: AsyncIterator[TResponseStreamEvent]
    ) -> AsyncGenerator[TResponseStreamEvent]:
        key, ids = call.key, StableIds(self._attempt.turn_id, call.key, self._journal)
        done: list[ResponseOutputItem] = []
        thoughts = begun = ended = False
        answered = 0
        try:
            await self._journal.committed()
            await self._admit(call)
            with TimedCall(call) as timed:
                with by_model():  # the request is made when the first event is asked for
                    event = await anext(stream, None)
                timed.first_chunk()
                while event is not None:
                    begun = True
                    delta = field(event, "delta")
                    answered += len(delta) if isinstance(delta, str) else 0
                    ids.replace_in_event(event)
                    thoughts = thoughts or event.type in SHOWS_THOUGHTS
                    if isinstance(event, ResponseOutputItemDoneEvent):
                        done.append(event.item)
                    elif isinstance(event, ResponseCompletedEvent) and event.response is not None:
                        # Some servers end with an empty response, and the SDK takes the items.
                        event.response.output = event.response.output or done
                        used = await self._journal.meter.bought(
                            call, event.response.usage, answered
                        )
                        record = model_answers.response_data(event.response)
                        self._journal.record(key, {**record, THOUGHTS: thoughts, USED: used})
                        ended = True
                        timed.ended()
                    yield plain_annotation(event)
                    event = await anext(stream, None)
        finally:
            if not ended:
                self._journal.forget(key)
                if begun:
                    await self._cut_off(call, answered)
                self._journal.meter.failed(call)
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()


def model_call(
    model: Model, key: str, agent: str, asked: object, settings: ModelSettings
) -> ModelCall:
    """A call of a model that an agent is about to make."""
    name = getattr(model, "model", "")
    return ModelCall(
        key=key,
        agent=agent,
        model=name if isinstance(name, str) else "",
        host=host_of(model),
        asked=asked,
        max_output=settings.max_tokens,
    )


def shape_texts(tools: list[Tool], handoffs: list[Handoff]) -> list[object]:
    """What a request tells of its tools, as far as its size goes."""
    functions = (each for each in tools if isinstance(each, FunctionTool))
    descriptions: list[object] = [each.tool_description for each in handoffs]
    return descriptions + [
        [each.name, each.description, each.params_json_schema] for each in functions
    ]


def _schema_of(output: AgentOutputSchemaBase | None) -> object:
    return None if output is None or output.is_plain_text() else output.json_schema()


def answered_by(response: ModelResponse) -> int:
    """About how many bytes an answer has."""
    return len(plain_json.canonical(model_answers.items_data(response.output)))


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
