"""Every limit is tight while workers die: who is refused comes back, and every turn ends once."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from tests.chaos import answers
from tests.chaos.crowd import Crowd
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.soundness import UNHEARD, Fault, assert_ended
from tests.chaos.visitor import talk
from tests.chaos.world import Shape, World

USERS = 4
"""Every second one has a session, whose limits are narrower than a user's."""
MESSAGES = 5
"""Of each user, all at once: more than anybody may have under way."""
BETWEEN_KILLS = (1.5, 4.0)
"""Seconds before the kill of each worker; a turn takes about two."""
READ_LATE = 2.0
"""Seconds by which a worker with every slot taken may read an answer late, on a busy machine."""
DAILY_TOKENS = 1_000_000
LEFT = 4_900
"""Tokens that the spender has left. A turn uses some hundreds, and two calls at a time set aside
more than 2,000 each: so some turns are answered, and then one ends in its middle."""
SPENDINGS = 3
MUST_BITE = {"rate_limited", "too_many_turns", "too_many_turns_of_session"}
"""Codes of which each must have been answered: a rate, and the bounds of a user and a session."""

LIMITS: Mapping[str, str] = {
    "SLOTS": "3",
    "MAX_RUNNING_TURNS_PER_USER": "2",
    "MAX_TURNS_PER_USER": "3",
    "MAX_RUNNING_TURNS_PER_SESSION": "1",
    "MAX_TURNS_PER_SESSION": "2",
    "MAX_TURNS_PER_TENANT": "10",
    "MAX_STREAMS_PER_USER": "5",
    "MAX_QUEUE_AGE": "3s",
    "RATE_TURNS": "4/2s",
    "RATE_TENANT": "300/6s",
    "USER_DAILY_TOKENS": str(DAILY_TOKENS),
    "TURN_MAX_TOKENS": "100000",
    "TURN_MAX_TOOL_CALLS": "20",
    "TURN_MAX_TIME": "60s",
}


async def all_at_once(case: Case) -> Outcome:
    """Each user says more than they may, and one spends what is left of a day's tokens."""
    world = case.world
    names = [f"user-{case.message('limited').split()[1]}" for _ in range(USERS)]
    users = {name: await world.credentials(name) for name in names}
    async with Crowd(case, USERS * MESSAGES) as crowd:
        async with asyncio.TaskGroup() as tasks:
            for name, credentials in users.items():
                said = [case.message(answers.FULL) for _ in range(MESSAGES)]
                tasks.create_task(crowd.talk(said, name, credentials))
            spending = tasks.create_task(_spend(case))
            killing = tasks.create_task(_kill_workers(case))
        await crowd.judge(killing.result())
        await _assert_all_ended_once(world, names)
        limited = crowd.limited.copy()
        missing = MUST_BITE - {*limited}
        assert not missing, f"nobody was refused by {missing}; by {dict(limited)}"
        await _assert_places_are_back(case, crowd, users)
    spent = spending.result()
    refusals = ", ".join(f"{count} {code}" for code, count in sorted(limited.items()))
    return Outcome(note=f"{crowd.size} turns; refused by {refusals}; spender: {dict(spent)}")


async def _spend(case: Case) -> Counter[str]:
    """How the turns of a user ended whose budget runs out in the middle of one."""
    world, ends = case.world, Counter[str]()
    name = f"spender-{case.message('spender').split()[1]}"
    await world.query(
        "INSERT INTO usage (turn_id, key, tenant, owner, thread_id, agent, model, host,"
        " input_tokens, estimated, attempt, played_back)"
        " VALUES ($1, 'k', 'default', $1, 'thr_gone', 'a', 'm', 'h', $2, false, 1, 0)",
        name,
        DAILY_TOKENS - LEFT,
    )
    for _ in range(SPENDINGS):
        async with world.tab(name) as client:
            case.clients.append(client)
            await talk(world, client, case.message(answers.FULL))
            assert client.turn_id is not None
            row = await world.turn(client.turn_id)
            await assert_ended(world, client, row["status"])
            failed = row["status"] == "failed"
            ends[json.loads(row["error"])["code"] if failed else row["status"]] += 1
            assert bool(client.errors) == failed, f"{row['status']}, and shown {client.errors}"
    assert ends["completed"] + ends["budget_exhausted"] == SPENDINGS, ends
    assert ends["budget_exhausted"], f"the budget never ended a turn: {ends}"
    return ends


async def _kill_workers(case: Case) -> Sequence[Fault]:
    faults = []
    for name in ("agent-worker-1", "agent-worker-2"):
        await asyncio.sleep(case.rng.uniform(*BETWEEN_KILLS))
        faults.append(Fault(now() - READ_LATE, now() + UNHEARD))
        await asyncio.to_thread(case.world.stack.service(name).kill)
    return faults


async def _assert_all_ended_once(world: World, names: Sequence[str]) -> None:
    """Each message became one turn of one thread, and each turn is completed."""
    sql = "SELECT owner, status, count(*), count(DISTINCT thread_id) FROM turns "
    rows = await world.query(f"{sql} WHERE owner = ANY($1) GROUP BY owner, status", [*names])
    found = sorted(tuple(row) for row in rows)
    wanted = sorted((name, "completed", MESSAGES, MESSAGES) for name in names)
    assert found == wanted, f"turns {found}"


async def _assert_places_are_back(
    case: Case, crowd: Crowd, users: Mapping[str, Mapping[str, str]]
) -> None:
    """Each user may begin a turn again, at once. A rate may ask for a moment."""
    before = crowd.limited.copy()
    for name, credentials in users.items():
        await crowd.talk([case.message(answers.QUICK)], name, credentials)
    refused = {*(crowd.limited - before)} - {"rate_limited"}
    assert not refused, f"refused by {refused} when all had ended"


SCENARIOS = [
    Scenario(
        "limits",
        "kill -9 of workers while every limit is tight; who is refused comes back, nothing doubles",
        all_at_once,
        runs=3,
        shape=Shape(auth="sessions,dev", settings=LIMITS),
    )
]
