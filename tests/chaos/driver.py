"""Runs scenarios one after the other, tells how it goes, and keeps what a failed run leaves."""

import asyncio
import json
import random
import shlex
import shutil
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from tests.chaos.door import DEV
from tests.chaos.scenario import Case, Outcome, Scenario, now
from tests.chaos.scorecard import Run, scorecard
from tests.chaos.world import World, a_world

EVENTS_SHOWN = 60


@dataclass(frozen=True)
class Plan:
    """What to run: `runs` and `lease` stand in for the scenarios' own.

    `first` is the number of each scenario's first run, so that one run can be had again. `auth` is
    how the gateways know their users; of several ways each visitor takes another.
    """

    scenarios: Sequence[Scenario]
    seed: int
    runs: int | None = None
    lease: str | None = None
    first: int = 1
    auth: str = DEV
    minutes: float = 0.0
    """How long a run with traffic goes on, beyond what it needs itself."""

    def shaped(self) -> list[Scenario]:
        """The scenarios with the lease asked for, those of one shape together."""
        changed = [
            replace(each, shape=replace(each.shape, lease=self.lease)) if self.lease else each
            for each in self.scenarios
        ]
        order = list(dict.fromkeys(each.shape.key for each in changed))
        return sorted(changed, key=lambda each: order.index(each.shape.key))


def run_all(plan: Plan) -> bool:
    """Run a plan and print its scorecard; whether every run passed."""
    runs: list[Run] = []
    try:
        for shape, scenarios in groupby(plan.shaped(), key=lambda each: each.shape):
            data_dir = Path(tempfile.mkdtemp(prefix="turnstream-chaos-"))
            print(f"starting {shape.workers} workers, lease {shape.lease}, {data_dir}", flush=True)
            before = len(runs)
            with a_world(data_dir, shape, plan.auth) as world:
                for scenario in scenarios:
                    runs += _repeat(world, scenario, plan)
            if all(run.passed for run in runs[before:]):
                shutil.rmtree(data_dir, ignore_errors=True)
    finally:
        print(f"\nseed {plan.seed}\n{scorecard(runs)}", flush=True)
    return all(run.passed for run in runs)


def _repeat(world: World, scenario: Scenario, plan: Plan) -> list[Run]:
    runs = []
    end = scenario.runs if plan.runs is None else plan.first - 1 + plan.runs
    for number in range(plan.first - 1, end):
        case = replace(a_case(world, scenario, plan.seed, number), minutes=plan.minutes)
        began = now()
        try:
            outcome = asyncio.run(one_run(scenario, case))
        except Exception as failure:
            runs.append(Run(scenario.name, passed=False))
            _tell(scenario, number, "FAILED", now() - began)
            print(kept(case, scenario, plan.seed, failure), flush=True)
        else:
            runs.append(Run(scenario.name, passed=True, recoveries=outcome.recoveries))
            _tell(scenario, number, _summary(outcome), now() - began)
    return runs


def a_case(world: World, scenario: Scenario, seed: int, number: int) -> Case:
    """A run's own source of randomness depends on nothing but seed, scenario and number."""
    return Case(world, random.Random(f"{seed}:{scenario.name}:{number}"), number)


async def one_run(scenario: Scenario, case: Case) -> Outcome:
    """Run a scenario once, when what the one before killed is there. Raises whatever was wrong."""
    async with asyncio.timeout(scenario.limit + 60 * case.minutes):
        await case.world.whole()
        return await scenario.run(case)


def kept(case: Case, scenario: Scenario, seed: int, failure: BaseException) -> str:
    """Write down all that a failed run left, and say where."""
    data_dir = case.world.stack.data_dir
    path = data_dir / f"failed-{scenario.name}-{case.number + 1}.txt"
    path.write_text("\n\n".join(["".join(traceback.format_exception(failure)), *_seen(case)]))
    run = f"--first {case.number + 1} --runs 1"
    again = f"python -m tests.chaos --scenario {shlex.quote(scenario.name)} --seed {seed} {run}"
    return "\n".join(
        [
            f"  seed {seed}; once more: {again}",
            f"  {_plainly(failure)}",
            f"  events and model calls: {path}",
            f"  logs: {data_dir / 'log'}",
        ]
    )


def _plainly(failure: BaseException) -> str:
    """What was wrong; of several things that went wrong at once, the first."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return f"{type(failure).__name__}: {failure}"


def _seen(case: Case) -> list[str]:
    told = []
    for client in case.clients:
        streams = [stream.describe() for stream in client.streams]
        events = [
            f"{each.at:.3f} {each.id or '-'} {json.dumps(each.event)}"
            for each in client.events[-EVENTS_SHOWN:]
        ]
        told.append("\n".join([f"client {client.user}", *streams, *events]))
    calls = [
        f"{call.arrived:.3f} {call.request.instructions} {call.request.last_user_text!r} "
        f"finished {call.finished} disconnected {call.disconnected} cut {call.cut} "
        f"digest {call.request.digest}"
        for call in case.world.model.calls[-EVENTS_SHOWN:]
    ]
    return [*told, "\n".join(calls), "\n".join(case.world.notes)]


def _summary(outcome: Outcome) -> str:
    took = ", ".join(f"{seconds:.2f} s" for seconds in outcome.recoveries[:5])
    return "; ".join(filter(None, [outcome.note, f"recovered in {took}" if took else ""])) or "ok"


def _tell(scenario: Scenario, number: int, what: str, seconds: float) -> None:
    print(f"{scenario.name:32} {number + 1:4}  {seconds:6.1f} s  {what}", flush=True)
