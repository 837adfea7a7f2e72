"""Models that are called outside the journal: counted, and held against a budget.

Outside any turn an agent's model is a `CountedModel`. `counted_request` counts what an app asks a
host for with the client itself, in a turn too: speech, embeddings, pictures, the compaction of a
session.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeVar, cast

from agents import ModelResponse, ModelSettings, TResponseInputItem
from agents.items import TResponseStreamEvent
from agents.models.interface import Model
from prometheus_client import Counter
from turnstream.contracts.ids import new_id

from turnstream_worker.callers import payer
from turnstream_worker.replay.journal import journal_of
from turnstream_worker.replay.metrics import BOUGHT
from turnstream_worker.replay.models.journaled import answered_by, model_call, shape_texts
from turnstream_worker.sdk.models.event_fields import field
from turnstream_worker.sdk.models.model_proxy import ModelProxy
from turnstream_worker.sdk.models.openai_client import ClientRequest, by_model
from turnstream_worker.usage.call_metrics import TimedCall
from turnstream_worker.usage.meter import CallCounter
from turnstream_worker.usage.model_call import OTHER_WORK, ModelCall
from turnstream_worker.usage.outside_turns import OutsideTurnMeter

T = TypeVar("T")

UNCOUNTED = Counter(
    "turnstream_uncounted_model_calls",
    "Model calls of code that runs for no user, as at the start of a worker.",
)


def meter_of_caller() -> CallCounter | None:
    """What counts the calls of the code that runs now; None where it runs for no user."""
    caller = payer()
    if caller is None:
        return None
    if caller.running is not None and (journal := journal_of(caller)) is not None:
        return journal.meter
    return meter_outside_turns()


def meter_outside_turns() -> OutsideTurnMeter | None:
    """The meter of the short call, or of the turn that this task has outlived."""
    caller = payer()
    if caller is None:
        return None
    if isinstance(caller.meter, OutsideTurnMeter):
        return caller.meter
    journal = journal_of(caller)
    if journal is None:
        return None
    meter = journal.meter_outside()
    caller.meter = meter
    return meter


class CountedModel(ModelProxy):
    """A model of an agent that runs outside any turn."""

    def __init__(self, inner: Model, agent: str, meter: CallCounter) -> None:
        super().__init__(inner)
        self._agent = agent
        self._meter = meter

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        *rest: Any,
        **options: Any,
    ) -> ModelResponse:
        """A whole response. Raises `BudgetExhausted`."""
        asked = [system_instructions, input, _tool_texts(rest, options)]
        call = model_call(self._inner, _key(), self._agent, asked, model_settings)

        async def ask() -> ModelResponse:
            with by_model():
                return await self._inner.get_response(
                    system_instructions, input, model_settings, *rest, **options
                )

        def used(response: ModelResponse) -> tuple[object, int]:
            return response.usage, answered_by(response)

        return await _counted(self._meter, call, ask, used)

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        *rest: Any,
        **options: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The events of a response. Raises `BudgetExhausted`."""
        asked = [system_instructions, input, _tool_texts(rest, options)]
        call = model_call(self._inner, _key(), self._agent, asked, model_settings)
        stream = self._inner.stream_response(
            system_instructions, input, model_settings, *rest, **options
        )
        async with (
            aclosing(cast(AsyncGenerator[TResponseStreamEvent], stream)) as events,
            aclosing(self._bought(call, events)) as counted,
        ):
            async for event in counted:
                yield event

    async def _bought(
        self, call: ModelCall, events: AsyncIterator[TResponseStreamEvent]
    ) -> AsyncGenerator[TResponseStreamEvent]:
        begun = ended = False
        answered = 0
        try:
            await self._meter.admit(call)
            BOUGHT.inc()
            with TimedCall(call) as timed:
                with by_model():
                    event = await anext(events, None)
                timed.first_chunk()
                while event is not None:
                    begun = True
                    delta = field(event, "delta")
                    answered += len(delta) if isinstance(delta, str) else 0
                    if event.type == "response.completed":
                        await self._meter.bought(call, event.response.usage, answered)
                        ended = True
                        timed.ended()
                    yield event
                    event = await anext(events, None)
        finally:
            if begun and not ended:
                await self._meter.cut_off(call, answered)
            elif not ended:
                self._meter.failed(call)


async def counted_request(request: ClientRequest, send: Callable[[], Awaitable[Any]]) -> Any:
    """Send a request of the client's own and count it. Raises `BudgetExhausted`.

    A stream is counted by the size of what was asked: what it says is the app's to read.
    """
    meter = meter_of_caller()
    if meter is None:
        UNCOUNTED.inc()
        return await send()
    call = ModelCall(_key(), "", request.model, request.host, request.asked, operation=OTHER_WORK)

    def used(answer: Any) -> tuple[object, int]:
        return getattr(answer, "usage", None), 0

    return await _counted(meter, call, send, used)


async def _counted(
    meter: CallCounter,
    call: ModelCall,
    ask: Callable[[], Awaitable[T]],
    used: Callable[[T], tuple[object, int]],
) -> T:
    await meter.admit(call)
    BOUGHT.inc()
    try:
        with TimedCall(call):
            answer = await ask()
    except asyncio.CancelledError:  # it was asked, and nobody heard it out
        await meter.cut_off(call, 0)
        raise
    except BaseException:
        meter.failed(call)
        raise
    await meter.bought(call, *used(answer))
    return answer


def _tool_texts(rest: Sequence[Any], options: Mapping[str, Any]) -> list[object]:
    """What a request tells of its tools and handoffs, whether or not they are named in the call."""
    given = {**dict(zip(("tools", "output_schema", "handoffs"), rest, strict=False)), **options}
    return shape_texts(given["tools"], given["handoffs"])


def _key() -> str:
    return new_id("call")
