"""Tenants: what row-level security costs a turn, in the store and in Postgres."""

import asyncio
import statistics
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from turnstream.contracts.ids import new_id
from turnstream.contracts.store_api import StoredItem, WriteAttempt
from turnstream.contracts.turns import AcceptTurn, ClaimTurn, RequestContext
from turnstream.store_client import HttpStoreClient
from turnstream_devstack.services import TURNSTREAM
from turnstream_devstack.stack import Stack

from bench.plan import Plan, Tell
from bench.rows import Row, Section, at_most
from bench.servers.subjects import Subject
from tests.support.system.gateways import beside

TENANTS = 50
"""Tenants whose turns follow one another: more than a store has connections."""
_TURNS = 4
"""Turns of a round for each of the plan's: half a second."""
_ROUNDS = 2
"""Rounds for each of the plan's: what is compared differs by less than rounds do."""
_LIMIT = 0.05 * 0.037
"""Seconds: 5 % of what a turn costs all processes together (docs/performance.md)."""


@dataclass
class _Case:
    """One store, and the tenants whose turns it is given."""

    subject: Subject
    store: HttpStoreClient
    tenant: Callable[[int], str]
    costs: list[float] = field(default_factory=list)

    async def run(self, turns: int) -> None:
        """One round."""
        before = self.subject.cpu()
        for number in range(turns):
            await _turn(self.store, self.tenant(number))
        self.costs.append((self.subject.cpu() - before) / turns)


def measure(plan: Plan, tell: Tell) -> list[Section]:
    """Acceptance, claim, a step, and the end with an item; the stores alternate."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        specs = [spec for spec in TURNSTREAM if spec.role == "store"]
        system = stack.enter_context(Stack(directory, specs=specs, durable=True))
        stores = {
            mode: stack.enter_context(beside(system, "store", {"ROW_SECURITY": mode}))
            for mode in ("off", "require")
        }
        postgres = {child.name: child.pid for child in system.children if child.name == "postgres"}
        subjects = {
            mode: (store.url, Subject(mode, (store.port,), {**postgres, "store": store.pid}))
            for mode, store in stores.items()
        }
        costs = asyncio.run(_alternate(subjects, system.internal_key, plan, tell))
    off, on, off_many, on_many = (statistics.median(each) for each in costs)
    aim = at_most(_LIMIT)
    rows = [
        Row("CPU per turn, all of one tenant", on, "ms", off),
        Row("more than without", max(0.0, on - off), "ms", aim=aim),
        Row("CPU per turn, each of another tenant", on_many, "ms", off_many),
        Row("more than without", max(0.0, on_many - off_many), "ms", aim=aim),
    ]
    notes = ["of the store and Postgres; the aim is 5 % of the CPU of a whole turn"]
    columns, details = ("ROW_SECURITY=off", "on"), {"rounds": costs}
    return [Section("row-level security", columns, rows, notes, details)]


async def _alternate(
    subjects: dict[str, tuple[str, Subject]], key: str, plan: Plan, tell: Tell
) -> list[list[float]]:
    async with AsyncExitStack() as stack:

        async def case(mode: str, tenant: Callable[[int], str]) -> _Case:
            url, subject = subjects[mode]
            client = HttpStoreClient(url, retry_timeout=timedelta(seconds=1), key=key)
            return _Case(subject, await stack.enter_async_context(client), tenant)

        cases = [
            await case("off", lambda _: "default"),
            await case("require", lambda _: "default"),
            await case("off", lambda number: f"tenant-{number % TENANTS}"),
            await case("require", lambda number: f"tenant-{number % TENANTS}"),
        ]
        rounds = _ROUNDS * plan.rounds
        for number in range(rounds + 1):
            tell(f"tenants: round {number} of {rounds}")
            for each in cases if number % 2 == 0 else cases[::-1]:
                await each.run(_TURNS * plan.turns)
    return [each.costs[1:] for each in cases]  # the first round warms up


async def _turn(store: HttpStoreClient, tenant: str) -> None:
    context = RequestContext(user_id="ann", tenant=tenant)
    content = [{"type": "input_text", "text": "hello"}]
    request = {"type": "threads.create", "params": {"input": {"content": content}}}
    turn_id, lease = new_id("turn"), timedelta(seconds=15)
    await store.turns.accept(AcceptTurn(turn_id=turn_id, request=request, context=context))
    claim = ClaimTurn(turn_id=turn_id, tenant=tenant, worker="bench", lease=lease)
    await store.turns.claim(claim)
    item = StoredItem(item_id=new_id("msg"), type="assistant_message", payload='{"text": "hi"}')
    for write in (
        {"steps": [{"key": "step", "value": '{"output": []}'}]},
        {"items": [item], "end": {"status": "completed"}},
    ):
        command = WriteAttempt.model_validate({"attempt": 1, **write})
        await store.attempts.write(context.owner, turn_id, command)
