"""The span of a model call, as the GenAI conventions have it, of whatever model an agent uses."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast

from agents import ModelResponse, ModelSettings, TResponseInputItem
from agents.items import TResponseStreamEvent
from agents.models.interface import Model
from openai.types.responses import Response
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from turnstream.tracing import names
from turnstream.tracing.context import fail, tracer

from turnstream_worker.sdk.models.complete_answers import host_of
from turnstream_worker.sdk.models.model_proxy import ModelProxy
from turnstream_worker.spans.agents_sdk import context_of_run, parent_of_call
from turnstream_worker.spans.content import set_messages, set_text
from turnstream_worker.usage.counting import tokens_of
from turnstream_worker.usage.providers import provider_of

_REQUESTED = ("max_tokens", "temperature", "top_p", "frequency_penalty", "presence_penalty")


class TracedModel(ModelProxy):
    """A model whose calls make spans.

    `played_back` tells of the newest call whether its answer came from the journal.
    """

    def __init__(
        self, inner: Model, agent: str, name: str, host: str, played_back: Callable[[], bool]
    ) -> None:
        super().__init__(inner)
        self._agent = agent
        self._name = name
        self._host = host
        self._played_back = played_back

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        *rest: Any,
        **options: Any,
    ) -> ModelResponse:
        """Part of a model."""
        span = self._begin(system_instructions, input, model_settings)
        try:
            response = await self._inner.get_response(
                system_instructions, input, model_settings, *rest, **options
            )
            self._add_answer(span, response)
            return response
        except BaseException as error:
            _add_failure(span, error)
            raise
        finally:
            span.end()

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        *rest: Any,
        **options: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Part of a model. The span is never the current one: a generator shares its context with
        anyone who reads it.
        """
        span, asked = self._begin(system_instructions, input, model_settings), time.monotonic()
        span.set_attribute("gen_ai.request.stream", True)
        stream = self._inner.stream_response(
            system_instructions, input, model_settings, *rest, **options
        )
        begun = ended = False
        try:
            async with aclosing(cast(AsyncGenerator[TResponseStreamEvent], stream)) as events:
                async for event in events:
                    if not begun:
                        begun, waited = True, time.monotonic() - asked
                        span.set_attribute("gen_ai.response.time_to_first_chunk", waited)
                    if event.type in ("response.completed", "response.incomplete"):
                        ended = True
                        self._add_answer(span, event.response)
                    elif event.type == "response.failed":
                        fail(span, event.type)
                    yield event
        except BaseException as error:
            if not ended:
                _add_failure(span, error)
            raise
        finally:
            span.end()

    def _begin(
        self,
        instructions: str | None,
        input: str | list[TResponseInputItem],
        settings: ModelSettings,
    ) -> Span:
        attributes: dict[str, str | int | float] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider_of(self._host),
            names.AGENT_OF_MODEL: self._agent,
        }
        if self._name:
            attributes["gen_ai.request.model"] = self._name
        address, _, port = self._host.partition(":")
        if address:
            attributes |= {"server.address": address, "server.port": int(port or 443)}
        for name in _REQUESTED:
            if (value := getattr(settings, name, None)) is not None:
                attributes[f"gen_ai.request.{name}"] = value
        effort = getattr(settings.reasoning, "effort", None)
        if effort and not names.uses_old_names():
            attributes["gen_ai.request.reasoning.level"] = effort
        kind = SpanKind.CLIENT if address else SpanKind.INTERNAL
        span = tracer().start_span(
            f"chat {self._name}".strip(), parent_of_call(), kind, attributes=attributes
        )
        set_text(span, "gen_ai.system_instructions", instructions or "")
        set_messages(span, "gen_ai.input.messages", input)
        return span

    def _add_answer(self, span: Span, answer: ModelResponse | Response | None) -> None:
        span.set_attribute(names.PLAYBACK, self._played_back())
        if answer is None:
            return
        attributes = {
            "gen_ai.response.id": _text(answer, "response_id") or _text(answer, "id"),
            "gen_ai.response.model": _text(answer, "model"),
        }
        span.set_attributes({name: value for name, value in attributes.items() if value})
        span.set_attributes(_usage(answer.usage))
        span.set_attribute("gen_ai.response.finish_reasons", [_finish(answer)])
        set_messages(span, "gen_ai.output.messages", answer.output or ())


def traced_model(
    model: Model, agent: str, asked: Model, played_back: Callable[[], bool] = bool
) -> Model:
    """A model whose calls make spans, where they would be recorded; `asked` is the app's own."""
    if not trace.get_current_span(context_of_run()).is_recording():
        return model
    name = getattr(asked, "model", "")
    name = name if isinstance(name, str) else type(asked).__name__
    return TracedModel(model, agent, name, host_of(asked), played_back)


def _usage(usage: object) -> Mapping[str, int]:
    tokens = tokens_of(usage)
    if tokens is None:
        return {}
    attributes = {
        "gen_ai.usage.input_tokens": tokens.input_tokens,
        "gen_ai.usage.output_tokens": tokens.output_tokens,
    }
    if tokens.cached_input_tokens:
        attributes["gen_ai.usage.cache_read.input_tokens"] = tokens.cached_input_tokens
    if tokens.reasoning_tokens:
        attributes["gen_ai.usage.reasoning.output_tokens"] = tokens.reasoning_tokens
    return attributes


def _finish(answer: ModelResponse | Response) -> str:
    details = getattr(answer, "incomplete_details", None)
    if reason := getattr(details, "reason", None):
        return str(reason)
    calls = any(getattr(each, "type", "") == "function_call" for each in answer.output or ())
    return "tool_call" if calls else "stop"


def _text(answer: object, name: str) -> str:
    value = getattr(answer, name, None)
    return value if isinstance(value, str) else ""


def _add_failure(span: Span, error: BaseException) -> None:
    status = getattr(error, "status_code", None)
    fail(span, str(status) if status else error)
