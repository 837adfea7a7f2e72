"""A deployment in one process: the worker's real code and HTTP client, a store and logs in memory.

A worker's death is an attempt that ends where it stands: it writes nothing more, neither to the
store nor to the log, and the next attempt begins.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
from turnstream.conformance.grammar.transcript import Transcript
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import RunTurn
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.turns import AcceptTurn, ReleaseTurn, RequestContext, TurnStatus, TurnView
from turnstream.http import sse
from turnstream.testing import MemoryStore
from turnstream.testing.memory.turns.lifecycle import MemoryTurns
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.attempt import Interruption
from turnstream_worker.models.provider import WorkerModels
from turnstream_worker.models.settings import ModelSettings
from turnstream_worker.replay.install import install
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner

from tests.dialects.assistant import Effects, WeatherServer
from tests.support.model_server import ModelServer
from tests.support.model_server.request import ModelApi
from tests.support.turns import message, shown
from tests.unit.worker.running import MemoryLog

Json = dict[str, Any]
Kill = Callable[[], Awaitable[object]]
"""Returns when the worker is to die; if it never returns, nothing is killed."""
SETTINGS = WorkerSettings(
    flush_window=timedelta(milliseconds=1),
    retry_backoff=timedelta(milliseconds=1),
    lease=timedelta(minutes=5),
    instance="w1",
)
OWNER = Owner(DEFAULT_TENANT, "ann")
MOST_ATTEMPTS = 6
"""More than a turn may have, so that one that never ends is noticed."""


class HastyTurns(MemoryTurns):
    """Turns that wait for nothing; how long they were to wait is kept."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store.turns._state)
        self.delays: list[timedelta] = []

    async def release(self, owner: Owner, turn_id: str, command: ReleaseTurn) -> None:
        self.delays.append(command.delay)
        await super().release(owner, turn_id, command.model_copy(update={"delay": timedelta()}))


class Deployment:
    """One user's thread, on one worker, with one model server."""

    def __init__(self, model: ModelServer, models: WorkerModels) -> None:
        self.model = model
        self.effects = Effects()
        self.transcript = Transcript()
        self._client = MemoryStore()
        self._client.turns = self._turns = HastyTurns(self._client)
        self._log = MemoryLog()
        self._leases = LeaseKeeper(self._client, "w1", SETTINGS.lease)
        store = TurnStore(self._client)
        self.server = server = WeatherServer(store, models.get_model(None), self.effects)
        self._runner = TurnRunner(
            Assistants(Assistant(server, store)), self._client, self._log, self._leases, SETTINGS
        )
        self._thread_id: str | None = None

    @property
    def delays(self) -> list[timedelta]:
        """How long turns were to wait before they were tried again."""
        return self._turns.delays

    async def say(self, text: str, kill_when: Kill | None) -> TurnView:
        """Send a message and run its turn to its end; kill the first worker at a moment."""
        where = {} if self._thread_id is None else {"thread_id": self._thread_id}
        accepted = await self._client.turns.accept(
            AcceptTurn(
                turn_id=new_id("turn"),
                request=message(text, **where),
                context=RequestContext(user_id=OWNER.user),
            )
        )
        self._thread_id = accepted.thread_id
        view = await self._run_to_end(accepted.turn_id, kill_when)
        for event in [*shown(accepted), *self.events(accepted.turn_id)]:
            self.transcript.apply(event)
        return view

    def events(self, turn_id: str | None = None) -> list[Json]:
        """What viewers got of a turn's attempts, or of all turns."""
        entries = [
            entry
            for each, log in self._log.logs.items()
            if turn_id in (None, each)
            for entry in log
            if entry.position.attempt > 0
        ]
        return [orjson.loads(event) for entry in entries for event in sse.events_in(entry.frames)]

    async def stored(self) -> list[Json]:
        """The thread's items at a reload."""
        assert self._thread_id is not None
        page = await self._client.threads.items(
            OWNER, self._thread_id, limit=100, after=None, order="asc", seen_by=("", 0)
        )
        items: list[Json] = orjson.loads(page)["data"]
        return items

    async def _run_to_end(self, turn_id: str, kill_when: Kill | None) -> TurnView:
        moment = asyncio.ensure_future(kill_when() if kill_when else asyncio.Event().wait())
        try:
            for _ in range(MOST_ATTEMPTS):
                view = await self._client.turns.show(OWNER, turn_id)
                if view.status.ended:
                    break
                running = asyncio.create_task(self._runner.run(RunTurn(turn_id=turn_id)))
                await asyncio.wait({running, moment}, return_when="FIRST_COMPLETED")
                if not running.done():
                    await self._kill(turn_id, running)
                    moment = asyncio.ensure_future(asyncio.Event().wait())
        finally:
            moment.cancel()
        return await self._client.turns.show(OWNER, turn_id)

    async def _kill(self, turn_id: str, running: "asyncio.Task[None]") -> None:
        attempt = self._leases.find(turn_id)
        if attempt is not None:
            attempt.interrupt(Interruption.LOST)
        await running
        view = await self._client.turns.show(OWNER, turn_id)
        if attempt is not None and view.status is TurnStatus.RUNNING:
            # What the store's sweeper does once the lease has passed.
            command = ReleaseTurn(attempt=attempt.number, count_as_failed=True)
            await self._client.turns.release(OWNER, turn_id, command)


@asynccontextmanager
async def deployment(model: ModelServer, api: ModelApi) -> AsyncIterator[Deployment]:
    """A deployment whose model is the server, asked over one of the two APIs."""
    install()
    settings = ModelSettings(openai_base_url=model.base_url, model="m", model_api=api)
    models = WorkerModels(settings)
    try:
        yield Deployment(model, models)
    finally:
        await models.aclose()
