"""The model seam: every model that an assistant uses, journaled, without asking the app.

A response that ended is recorded as it ends, and durable before the next model or tool is called;
a second attempt gets it played back and buys nothing twice. Only the call that was in flight is
made again.
"""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from agents.items import ModelResponse, TResponseStreamEvent
from agents.models.interface import Model
from agents.usage import Usage
from openai.types.responses import Response, ResponseCompletedEvent, ResponseOutputItem
from prometheus_client import Counter
from pydantic import TypeAdapter

from turnstream_worker.attempt import Attempt
from turnstream_worker.models.delta_joining import joined
from turnstream_worker.replay.journal import Journal
from turnstream_worker.replay.playback import playback
from turnstream_worker.replay.stable_ids import StableIds

CALLS = Counter("turnstream_model_calls_total", "Model calls, bought or played back.", ["how"])

_OUTPUT: TypeAdapter[list[ResponseOutputItem]] = TypeAdapter(list[ResponseOutputItem])
_USAGE: TypeAdapter[Usage] = TypeAdapter(Usage)


class JournaledModel(Model):
    """A model in front of the app's own. Everything that is not a call goes straight through."""

    def __init__(self, inner: Model, agent: str, attempt: Attempt, journal: Journal) -> None:
        self._inner = inner
        self._agent = agent
        self._attempt = attempt
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get_retry_advice(self, request: Any) -> Any:
        """The app's model knows best."""
        return self._inner.get_retry_advice(request)

    async def _cleanup_on_run_end(self, owner: object) -> None:
        await self._inner._cleanup_on_run_end(owner)

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        """A whole response: the recorded one, or a new one that is recorded first."""
        key = self._journal.key_of("model", self._agent, _input(args, kwargs))
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
            await self._journal.settled()
            response = await self._inner.get_response(*args, **kwargs)
        except BaseException:
            self._journal.forget(key)
            raise
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        for item in response.output:
            ids.settle(item)
        record = {
            "output": _OUTPUT.dump_python(response.output, mode="json", exclude_unset=True),
            "usage": _USAGE.dump_python(response.usage, mode="json"),
            "response_id": response.response_id,
        }
        self._journal.record(key, orjson.dumps(record).decode())
        await self._journal.settled()  # nothing follows at once that it could be committed with
        return response

    async def stream_response(
        self, *args: Any, **kwargs: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The events of a response: played back from the record, or passed on as they come."""
        key = self._journal.key_of("stream", self._agent, _input(args, kwargs))
        recorded = self._journal.recorded(key)
        if recorded is not None:
            CALLS.labels("played_back").inc()
            for event in playback(Response.model_validate(recorded)):
                yield event
            return
        CALLS.labels("bought").inc()
        ids = StableIds(self._attempt.turn_id, key, self._journal)
        stream = joined(self._inner.stream_response(*args, **kwargs))
        ended = False
        try:
            await self._journal.settled()
            async for event in stream:
                event = ids.settle_event(event)
                if isinstance(event, ResponseCompletedEvent):
                    # Only what was set: the SDK builds the next input from that, and the next
                    # attempt must ask the next model exactly the same.
                    self._journal.record(key, event.response.model_dump_json(exclude_unset=True))
                    ended = True
                yield event
        finally:
            if not ended:
                self._journal.forget(key)
            await stream.aclose()


def _input(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The input items of a call: the second argument of `Model`, by position or by name."""
    return kwargs["input"] if "input" in kwargs else args[1]
