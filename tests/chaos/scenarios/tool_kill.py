"""kill -9 while tools run: of the worker that waits for them, and of the service that runs them."""

import asyncio

from turnstream_devstack.services import Service

from tests.chaos import answers
from tests.chaos.answers import Expected, expected
from tests.chaos.scenario import Case, Outcome, Scenario, next_event, now, recovery, see_end
from tests.chaos.soundness import Fault, assert_ended, assert_paid_once, assert_sound
from tests.support.chat_client import ChatClient, message
from tests.support.waiting import wait_until_async

UNKNOWN = "outcome_unknown"


async def the_worker(case: Case) -> Outcome:
    """The next attempt attaches to the calls that still run, or gets what they came to."""
    said = case.message(answers.SLOW_TOOLS)
    async with case.world.tab() as client:
        fault = await _kill_in_tools(case, client, said)
        await assert_sound(case.world, client, said, faults=[Fault.at(fault)])
        return Outcome(recovery(client, fault))


async def the_tools(case: Case) -> Outcome:
    """The harmless call runs again; the other one never, and the model is told so."""
    world, said = case.world, case.message(answers.SLOW_TOOLS)
    async with world.tab() as client:
        fault = await _kill_in_tools(case, client, said, world.stack.service("tools-1"))
        await assert_ended(world, client, "completed")
        assert_paid_once(world, said, ())
        turn_id = client.turn_id or ""
        booked = [effect for effect in world.effects_of(turn_id) if effect[0] == "book"]
        assert len(booked) <= 1, f"booked {len(booked)} times"
        looked_up = [effect for effect in world.effects_of(turn_id) if effect[0] == "look_up"]
        assert len(set(looked_up)) == 1, f"looked up under {len(set(looked_up))} keys"
        progress = [each for each in client.events if each.event.get("text") == "Looking it up"]
        assert len(progress) >= len(looked_up), "the second run was not shown"
        told = any(UNKNOWN in output for output in _outputs(case, said))
        note = f"booked {len(booked)} times, model told {'unknown' if told else 'its result'}"
        assert told or len(booked) == 1, note
        _assert_texts(client, expected(said))
        return Outcome(next_event(client, fault), note)


def _assert_texts(client: ChatClient, wanted: Expected) -> None:
    shown = client.view.transcript.text().splitlines()
    assert shown == wanted.texts, f"texts {shown}, wanted {wanted.texts}"


def _outputs(case: Case, said: str) -> list[str]:
    asked = case.world.model.calls.matching(lambda request: said in request.last_user_text)
    return [output for call in asked for output in call.request.tool_outputs]


async def _kill_in_tools(
    case: Case, client: ChatClient, said: str, victim: Service | None = None
) -> float:
    """Kill the victim, by default the turn's worker, while both tools run; when it was."""
    world = case.world
    case.clients.append(client)
    async with client.stream(*message(said)) as turn:
        await turn.until(lambda event: event.get("text") == "Booking")
        assert turn.turn_id is not None
        if case.rng.random() < 0.5:
            wanted = 1 + case.rng.randrange(2)
            await wait_until_async(
                lambda: len(world.effects_of(turn.turn_id or "")) >= wanted, 30, "an effect"
            )
        worker = victim or await world.holder(turn.turn_id)
        fault = now()
        assert worker is not None, "the turn was over before its tools were"
        await asyncio.to_thread(worker.kill)
        await see_end(client, turn)
    return fault


SCENARIOS = [
    Scenario(
        "worker-kill-in-tool",
        "kill -9 of a worker whose tools run: every effect happens once",
        the_worker,
        runs=8,
        short=(0,),
    ),
    Scenario(
        "tools-kill",
        "kill -9 of the tools service: a harmless call runs again, the other never",
        the_tools,
        runs=8,
    ),
]
