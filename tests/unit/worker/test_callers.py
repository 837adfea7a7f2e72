"""For whom an app's code runs is what its context says, no matter whose task, thread or global it
is in.

One app here answers through everything that outlives a turn. Whatever order turns of two users
come in, nobody reads, writes or is billed for somebody else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner
from agents.testing import ModelStep, ScriptedModel, assistant_message
from chatkit.agents import AgentContext
from chatkit.server import ChatKitServer
from chatkit.store import NotFoundError
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    HiddenContextItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from turnstream.contracts.jobs import RunTurn
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import RequestContext, TurnStatus
from turnstream.errors import Fenced
from turnstream.testing import MemoryStore
from turnstream_worker import callers
from turnstream_worker.api import current_turn
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.attempt import Attempt
from turnstream_worker.callers import UnknownCaller, current_attempt
from turnstream_worker.replay.install import install
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner

from tests.support.turns import ANN, BOB, OTHER_ANN, accept, message, running
from tests.support.waiting import wait_until_async
from tests.unit.worker.attempts import an_attempt
from tests.unit.worker.running import SETTINGS, MemoryLog

MADE = datetime(2027, 1, 1)
ROUTES = ("directly", "task", "helper", "pool", "loop of its own")
Job = Callable[[], Awaitable[str]]


def told(owner: Owner) -> str:
    """An owner in one word."""
    return f"{owner.user}@{owner.tenant}"


class BilledModel(ScriptedModel):
    """A model that notes for whom it was called, and what it was asked."""

    def __init__(self) -> None:
        super().__init__([ModelStep(output=[assistant_message("fine")])] * 50)
        self.bills: list[tuple[str | None, str]] = []

    async def get_response(self, *args: Any, **options: Any) -> Any:
        caller = callers.caller_of_run()
        self.bills.append((told(caller.owner) if caller else None, args[1][0]["content"]))
        return await super().get_response(*args, **options)


class Overview(ChatKitServer[RequestContext]):
    """Answers with the titles of the user's threads, along the route that the message names."""

    def __init__(self, store: TurnStore) -> None:
        super().__init__(store)
        self.model = BilledModel()
        self.agent = Agent(name="helper", model=self.model)
        self.jobs: asyncio.Queue[tuple[Job, asyncio.Future[str]]] | None = None
        self.pool = ThreadPoolExecutor(1)
        self.helper: asyncio.Task[None] | None = None

    async def respond(
        self, thread: ThreadMetadata, item: Any, context: RequestContext
    ) -> AsyncIterator[ThreadStreamEvent]:
        route, pauses = item.content[0].text.split(":")
        thread.title = f"{told(context.owner)}'s"
        await self.store.save_thread(thread, context)
        for _ in range(int(pauses)):
            await asyncio.sleep(0)

        async def job() -> str:
            return await self._overview(thread, context)

        if route != "loop of its own":
            given = AgentContext[RequestContext](
                thread=thread, store=self.store, request_context=context
            )
            config = RunConfig(tracing_disabled=True)

            async def job_with_agent() -> str:
                await Runner.run(self.agent, told(context.owner), context=given, run_config=config)
                return await job()

            answer = await self._along(route, job_with_agent)
        else:
            answer = await self._along(route, job)
        yield ThreadItemDoneEvent(
            item=AssistantMessageItem(
                id=self.store.generate_item_id("message", thread, context),
                thread_id=thread.id,
                created_at=MADE,
                content=[AssistantMessageContent(text=answer)],
            )
        )

    async def _overview(self, thread: ThreadMetadata, context: RequestContext) -> str:
        note = HiddenContextItem(
            id=self.store.generate_item_id("sdk_hidden_context", thread, context),
            thread_id=thread.id,
            created_at=MADE,
            content=told(context.owner),
        )
        await self.store.save_item(thread.id, note, context)
        page = await self.store.load_threads(50, None, "desc", context)
        return ",".join(sorted({each.title or "" for each in page.data}))

    async def _along(self, route: str, job: Job) -> str:
        loop = asyncio.get_running_loop()
        match route:
            case "task":
                return await asyncio.ensure_future(job())
            case "helper":
                return await self._by_helper(job)
            case "pool":
                there = asyncio.run_coroutine_threadsafe
                wait = lambda: there(_coroutine(job), loop).result()  # noqa: E731
                return await loop.run_in_executor(self.pool, wait)
            case "loop of its own":
                return await loop.run_in_executor(self.pool, lambda: asyncio.run(_coroutine(job)))
            case _:
                return await job()

    async def _by_helper(self, job: Job) -> str:
        if self.jobs is None:
            self.jobs = asyncio.Queue()
            self.helper = asyncio.create_task(self._work(self.jobs))
        answer = asyncio.get_running_loop().create_future()
        await self.jobs.put((job, answer))
        return str(await answer)

    async def _work(self, jobs: "asyncio.Queue[tuple[Job, asyncio.Future[str]]]") -> None:
        while True:
            job, answer = await jobs.get()
            try:
                answer.set_result(await job())
            except BaseException as error:  # the asker is told, as apps do it
                answer.set_exception(error)


async def _coroutine(job: Job) -> str:
    return await job()


class Office:
    """A worker that runs turns of several users with one app."""

    def __init__(self) -> None:
        install()
        self.client = MemoryStore()
        self.store = TurnStore(self.client)
        self.app = Overview(self.store)
        leases = LeaseKeeper(self.client, "w1", SETTINGS.lease)
        assistants = Assistants(Assistant(self.app, self.store))
        self.runner = TurnRunner(assistants, self.client, MemoryLog(), leases, SETTINGS)

    async def turn(self, owner: Owner, text: str) -> str:
        """Run a turn to its end; its answer."""
        accepted = await accept(self.client, message(text), owner=owner)
        job = RunTurn(turn_id=accepted.turn_id, tenant=owner.tenant)
        await asyncio.create_task(self.runner.run(job))  # which may run another one's turn

        async def completed() -> bool:
            view = await self.client.turns.show(owner, accepted.turn_id)
            return view.status is TurnStatus.COMPLETED

        await wait_until_async(completed)
        context = RequestContext(user_id=owner.user, tenant=owner.tenant)
        page = await self.store.load_thread_items(accepted.thread_id, None, 20, "desc", context)
        answer, note = page.data[0], page.data[1]
        assert isinstance(note, HiddenContextItem)
        assert note.content == told(owner)
        assert isinstance(answer, AssistantMessageItem)
        return answer.content[0].text

    def close(self) -> None:
        """End what the app left running."""
        self.app.pool.shutdown()
        if self.app.helper is not None:
            self.app.helper.cancel()


VISITS = st.lists(
    st.tuples(
        st.sampled_from((ANN, BOB, OTHER_ANN)),
        st.sampled_from(ROUTES),
        st.integers(0, 4),
        st.booleans(),
    ),
    min_size=2,
    max_size=5,
)
"""Owner, route, pauses before the answer, and whether the turn waits for those before it."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VISITS)
def test_nobody_reads_writes_or_pays_for_somebody_else(
    visits: list[tuple[Owner, str, int, bool]],
) -> None:
    """Tasks, threads and globals that one turn made serve the next one's user as that user.

    Two of them have the same name, and different tenants.
    """

    async def office() -> None:
        there = Office()
        turns: list[tuple[Owner, asyncio.Task[str]]] = []
        for owner, route, pauses, waits in visits:
            if waits:
                await asyncio.gather(*(turn for _, turn in turns))
            turn = asyncio.create_task(there.turn(owner, f"{route}:{pauses}"))
            turns.append((owner, turn))
        try:
            for owner, turn in turns:
                assert await turn == f"{told(owner)}'s"
        finally:
            there.close()
        assert all(payer == asker for payer, asker in there.app.model.bills)

    asyncio.run(office())


async def test_the_current_turn_says_whose_user_it_serves() -> None:
    """An app that keeps rows of its own needs both names to tell users apart."""
    client = MemoryStore()
    current_attempt.set(Attempt(await running(client, owner=OTHER_ANN), lease_deadline=inf))
    turn = current_turn()
    assert turn is not None
    assert (turn.tenant, turn.user_id) == OTHER_ANN


async def test_a_context_of_another_tenants_user_of_the_same_name_is_obeyed() -> None:
    """In the middle of a turn of ann's, the context of another tenant's ann is no context of hers.

    It reads the other tenant's rows, and none of ours.
    """
    client = MemoryStore()
    store = TurnStore(client)
    ours, theirs = await running(client), await running(client, owner=OTHER_ANN)
    attempt = Attempt(ours, lease_deadline=inf)
    current_attempt.set(attempt)
    store.open(attempt)

    other = RequestContext(tenant=OTHER_ANN.tenant, user_id=OTHER_ANN.user)
    assert callers.caller_of(other).owner == OTHER_ANN
    assert [each.id for each in (await store.load_threads(9, None, "desc", other)).data] == [
        theirs.thread_id
    ]
    with pytest.raises(NotFoundError):
        await store.load_thread(ours.thread_id, other)


async def test_a_context_of_another_user_is_obeyed() -> None:
    """In the middle of a turn of ann's, bob's context reads bob's rows, and no row of ann's."""
    client = MemoryStore()
    store = TurnStore(client)
    anns, bobs = await running(client), await running(client, owner=BOB)
    attempt = Attempt(anns, lease_deadline=float("inf"))
    current_attempt.set(attempt)
    store.open(attempt)
    bob = RequestContext(user_id="bob")

    page = await store.load_threads(20, None, "desc", bob)

    assert [thread.id for thread in page.data] == [bobs.thread_id]


async def test_a_task_that_outlives_its_turn_may_still_write_as_its_user() -> None:
    """A title that came late is saved: the turn is over, so nobody else writes in its place."""
    client = MemoryStore()
    store = TurnStore(client)
    claimed = await running(client)
    attempt = Attempt(claimed, lease_deadline=float("inf"), finished=True)
    caller = callers.begin(claimed.context, attempt)
    store.open(attempt)
    thread = await store.load_thread(claimed.thread_id, claimed.context)
    caller.end()
    store.close(attempt)

    assert current_attempt.get() is None
    thread.title = "Late"
    await store.save_thread(thread, claimed.context)

    saved = await store.load_thread(thread.id, claimed.context)
    assert saved.title == "Late"


async def test_a_task_that_outlives_a_given_up_attempt_may_not_write_into_its_thread() -> None:
    """The next attempt writes there."""
    client = MemoryStore()
    store = TurnStore(client)
    claimed = await running(client)
    attempt = Attempt(claimed, lease_deadline=float("inf"))
    caller = callers.begin(claimed.context, attempt)
    store.open(attempt)
    thread = await store.load_thread(claimed.thread_id, claimed.context)
    caller.end()
    store.close(attempt)

    thread.title = "Late"
    with pytest.raises(Fenced):
        await store.save_thread(thread, claimed.context)


async def test_who_names_nobody_is_told_so() -> None:
    """Not even the user of the turn in which the task was made: it is over."""
    nobody: Any = None
    store = TurnStore(MemoryStore())
    callers.begin(RequestContext(user_id="ann"), an_attempt()).end()

    with pytest.raises(UnknownCaller):
        await store.load_threads(20, None, "desc", nobody)


async def test_a_context_of_the_apps_own_names_the_turn_that_it_was_made_for() -> None:
    """Also in another user's turn; an object that two turns were given names neither."""
    anns, bobs, shared = {"user": "ann"}, {"user": "bob"}, object()
    ann = callers.begin(RequestContext(user_id="ann"), an_attempt())
    bob = callers.begin(RequestContext(user_id="bob"), an_attempt())
    ann.recognize(anns)
    bob.recognize(bobs)
    ann.recognize(shared)
    bob.recognize(shared)

    assert callers.caller_of(anns) is ann
    assert callers.caller_of(bobs) is bob
    assert callers.caller_of(shared) is bob  # by the current task
    bob.end()
    assert callers.caller_of(shared) is ann
    assert callers.caller_of(bobs).running is None
    callers.begin(RequestContext(user_id="eve"), an_attempt()).end()
    with pytest.raises(UnknownCaller):
        callers.caller_of(bobs)


@dataclass(slots=True)
class Visit:
    """A context of an app's own, without room for more than its fields."""

    request: RequestContext
    chapter: int = 1


@pytest.mark.parametrize(
    "copied",
    [
        lambda request: {"request": request, "chapter": 2},
        lambda request: replace(Visit(request), chapter=2),
        lambda request: SimpleNamespace(request=request),
    ],
)
async def test_a_copy_of_a_context_names_its_user_by_the_request_in_it(
    copied: Callable[[RequestContext], object],
) -> None:
    """In a task of another user's turn too: apps add to their context, and pass the copy on."""
    bob = callers.begin(RequestContext(user_id="bob"))
    ann = callers.begin(RequestContext(user_id="ann"))

    assert callers.caller_of(copied(bob.context)) is bob

    bob.end()
    assert callers.caller_of(copied(bob.context)).owner == BOB
    ann.end()
