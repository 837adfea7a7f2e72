"""Several turns in one thread, the worker of each killed: history stays what it was."""

import asyncio

from tests.chaos import answers
from tests.chaos.answers import expected
from tests.chaos.scenario import Case, Outcome, Scenario, now, recovery, see_end, step
from tests.chaos.soundness import Fault, assert_effects, assert_ended, assert_paid_once
from tests.support.chat_client import ChatClient, message

KINDS = (answers.QUICK, answers.FULL, answers.WITH_TOOLS)


async def talk_on(case: Case) -> Outcome:
    """Each answer follows its question, and the model is told all that came before, once."""
    said = [case.message(kind) for kind in case.rng.sample(KINDS, len(KINDS))]
    took: list[float] = []
    async with case.world.tab() as client:
        case.clients.append(client)
        for each in said:
            await case.world.whole()
            took += await _one(case, client, each)
        wanted = [text for each in said for text in expected(each).texts]
        shown = client.view.transcript.text().splitlines()
        assert shown == wanted, f"texts {shown}, wanted {wanted}"
    return Outcome(tuple(took))


async def _one(case: Case, client: ChatClient, said: str) -> tuple[float, ...]:
    world = case.world
    async with client.stream(*message(said, client.thread_id)) as turn:
        assert turn.turn_id is not None
        await step(turn, case.rng.randint(2, 20))
        worker = await world.holder(turn.turn_id)
        fault = now()
        if worker is not None:
            await asyncio.to_thread(worker.kill)
        await see_end(client, turn)
    turn_id = await assert_ended(world, client, "completed")
    assert_effects(world, turn_id, expected(said))
    assert_paid_once(world, said, [Fault.at(fault)])
    return recovery(client, fault)


SCENARIOS = [
    Scenario(
        "conversation", "three turns in one thread, the worker of each killed", talk_on, runs=5
    )
]
