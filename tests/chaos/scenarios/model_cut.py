"""One in twenty model streams breaks off: the turn is tried again, and nobody notices."""

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario

TURNS = 30
AT_ONCE = 6
ONE_IN = 20


async def cut(case: Case) -> Outcome:
    """Cleanly or in the middle of a line: both are a call that has no answer yet."""
    world = case.world
    before = len(world.model.calls)
    world.model.script = answers.cutting(answers.script(), ONE_IN)
    async with Crowd(case, AT_ONCE) as crowd:
        try:
            await crowd.talk([case.message(answers.FULL) for _ in range(TURNS)])
        finally:
            world.model.script = answers.script()
        await crowd.judge()
    cuts = sum(call.cut is not None for call in world.model.calls[before:])
    assert cuts > 0, "no stream was cut"
    return Outcome(note=f"{cuts} streams cut under {TURNS} turns")


SCENARIOS = [
    Scenario("model-cut", f"1 in {ONE_IN} model streams breaks off", cut, runs=2, limit=300)
]
