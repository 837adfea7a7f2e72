"""One dialect, spoken in three conversations: undisturbed, killed in the tool, killed mid-text."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from turnstream.contracts.turns import TurnView

from tests.dialects.deployment import Deployment, Kill, deployment
from tests.support.model_server import (
    Hold,
    ModelRequest,
    ModelServer,
    Step,
    rules,
    text,
    tool_call,
    user_says,
)
from tests.support.model_server.dialects.dialect import PREFACE, SECOND_ANSWER, Dialect, Right
from tests.support.model_server.request import ModelApi
from tests.support.waiting import wait_until_async

Json = dict[str, Any]
QUESTION, SECOND_QUESTION = "What is the weather in Oslo?", "And now?"
HELD = "mid-text"
SHOWN_SECONDS = 0.3
"""How long a kill waits for viewers to have seen text; some dialects send all of it at the end."""


class Run(StrEnum):
    """What happens to the worker in the first turn."""

    UNDISTURBED = "first"
    IN_TOOL = "killed in the tool"
    MID_TEXT = "killed mid-text"
    WHOLE = "not streamed"
    WHOLE_IN_TOOL = "not streamed, killed in the tool"

    @property
    def undisturbed(self) -> "Run":
        """The same without a kill."""
        return Run.WHOLE if self.whole else Run.UNDISTURBED

    @property
    def whole(self) -> bool:
        """The model's answers come in one piece."""
        return self in (Run.WHOLE, Run.WHOLE_IN_TOOL)

    @property
    def in_tool(self) -> bool:
        """The worker dies in the tool."""
        return self in (Run.IN_TOOL, Run.WHOLE_IN_TOOL)


WHOLE = (Run.WHOLE, Run.WHOLE_IN_TOOL)
STREAMED = (Run.UNDISTURBED, Run.IN_TOOL, Run.MID_TEXT)
ALL_RUNS = tuple(Run)


@dataclass
class ConversationResult:
    """What came of one conversation."""

    run: Run
    first: TurnView
    second: TurnView
    tries: int
    """Model requests of the first turn."""
    requests: list[Json]
    events: list[Json]
    shown: list[Json]
    """The items as the client holds them at the end."""
    unfinished: list[str]
    complaints: list[str]
    stored: list[Json]
    effects: list[str]
    delays: list[float] = field(default_factory=list)


def script() -> Callable[[ModelRequest], Step]:
    """What the model says, whatever its dialect."""
    call = text(PREFACE) + tool_call("look_up", {"city": "Oslo"})
    answer = text("It is ", Hold(HELD), "12 °C in ", "Oslo today.")
    return rules(
        (user_says(SECOND_QUESTION), text("Still ", SECOND_ANSWER.removeprefix("Still "))),
        (lambda request: bool(request.tool_outputs), answer),
        otherwise=call,
    )


async def converse(dialect: Dialect, api: ModelApi, run: Run) -> ConversationResult:
    """Ask twice; the worker of the first turn dies where the run says.

    A dialect that makes turns fail is spoken in the first turn alone: the thread must be usable.
    """
    async with ModelServer(script()) as model, deployment(model, api) as place:
        model.dialect_for = lambda _: dialect
        place.server.streamed = not run.whole
        moment = _moment(run, place)
        if run is not Run.MID_TEXT:
            model.open(HELD)
        first = await place.say(QUESTION, moment)
        tries = len(model.calls)
        if not isinstance(dialect.outcome, Right):
            model.dialect_for = lambda _: None
        model.open(HELD)
        second = await place.say(SECOND_QUESTION, None)
        transcript = place.transcript
        return ConversationResult(
            run=run,
            first=first,
            second=second,
            tries=tries,
            requests=[dict(call.request.body) for call in model.calls],
            events=place.events(),
            shown=list(transcript.items.values()),
            unfinished=[each for each, how in transcript.status.items() if how != "done"],
            complaints=transcript.complaints,
            stored=await place.stored(),
            effects=place.effects.cities,
            delays=[delay.total_seconds() for delay in place.delays],
        )


def _moment(run: Run, place: Deployment) -> Kill | None:
    async def in_tool() -> None:
        place.effects.held = True
        try:
            await place.effects.inside.wait()
        finally:
            place.effects.held = False

    async def mid_text() -> None:
        await wait_until_async(lambda: place.model.waiting(HELD), timeout=30)
        with suppress(TimeoutError):
            async with asyncio.timeout(SHOWN_SECONDS):
                await wait_until_async(lambda: "It is" in str(place.events()), timeout=30)
        place.model.open(HELD)

    if run is run.undisturbed:
        return None
    return in_tool if run.in_tool else mid_text
