"""What the scripted model says: a function of the request alone, so any attempt gets the same.

The user's message says which kind of turn it is; `expected` says what such a turn must come to.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.model_server import (
    Cut,
    ModelRequest,
    Pause,
    Script,
    Step,
    instructed,
    reasoning,
    rules,
    text,
    tool_call,
    user_says,
)

TOKEN = 0.03
"""Seconds between tokens: longer than the worker's flush window, so that each is an event."""
BEFORE_THE_END = Pause(0.15)
"""A model ends its answer a little after its last word: a kill at that word falls inside it."""

PLAN = ("Let", " me", " see", " what", " I", " can", " do.")
THOUGHT = ("First", " I", " think", " about", " it.")
STORY = ("Once", " upon", " a", " time", " nothing", " was", " lost.")
BRIEF = ("Short", " and", " good.")
LONG = tuple(f" word{number}" for number in range(120))
TITLE = "A story"

FULL, WITH_TOOLS, SLOW_TOOLS = "story", "tools", "slowly"
QUICK, LENGTHY = "brief", "lengthy"
_TOOL_SECONDS = {FULL: 0.1, WITH_TOOLS: 0.1, SLOW_TOOLS: 2.0}


@dataclass(frozen=True)
class Expected:
    """What a turn must show once it has completed."""

    texts: list[str]
    widgets: int = 0
    tools: tuple[str, ...] = ()


def expected(message: str) -> Expected:
    """The outcome of a turn, by its message."""
    kind = message.split()[0]
    plan, story = "".join(PLAN), "".join(STORY)
    outcomes = {
        FULL: Expected([plan, story], 2, ("look_up", "book")),
        WITH_TOOLS: Expected([plan, story], 1, ("look_up", "book")),
        SLOW_TOOLS: Expected([plan, story], 1, ("look_up", "book")),
        QUICK: Expected(["".join(BRIEF)]),
        LENGTHY: Expected(["".join(LONG)]),
    }
    return outcomes[kind]


def script() -> Script:
    """The answers to every kind of turn."""
    return rules(
        (instructed("title"), text(TITLE, delay=TOKEN)),
        (instructed("writer"), text(*STORY, delay=TOKEN) + BEFORE_THE_END),
        (user_says(QUICK), text(*BRIEF, delay=TOKEN) + BEFORE_THE_END),
        (user_says(LENGTHY), text(*LONG, delay=TOKEN) + BEFORE_THE_END),
        (user_says(FULL), _planned(FULL, with_card=True)),
        (user_says(WITH_TOOLS), _planned(WITH_TOOLS, with_card=False)),
        (user_says(SLOW_TOOLS), _planned(SLOW_TOOLS, with_card=False)),
    )


def cutting(answers: Script, every: int) -> Script:
    """The same answers, of which one in `every` breaks off in the middle."""

    def cut(request: ModelRequest) -> Step:
        step = answers(request)
        if request.number % every or request.repeat or not request.stream:
            return step
        return step.cut_after(2) if request.number % (2 * every) else step + Cut(clean=True)

    return cut


def _planned(kind: str, *, with_card: bool) -> Callable[[ModelRequest], Step]:
    """The planner's three rounds: two tools at a time, a card of its own, a handoff."""
    job = {"seconds": _TOOL_SECONDS[kind]}

    def planner(request: ModelRequest) -> Step:
        done = len(request.tool_outputs)
        if done == 0:
            opening = reasoning(*THOUGHT, delay=TOKEN) + text(*PLAN, delay=TOKEN)
            return opening + tool_call("look_up", job) + tool_call("book", job) + BEFORE_THE_END
        if done == 2 and with_card:
            return tool_call("show_card") + BEFORE_THE_END
        return tool_call("transfer_to_writer") + BEFORE_THE_END

    return planner
