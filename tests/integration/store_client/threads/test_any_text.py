"""Whatever text an app streams and stores: viewers see it, the store keeps it, both the same."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from itertools import count

import orjson
import pytest
from chatkit.types import ProgressUpdateEvent, ThreadStreamEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from turnstream.contracts.jobs import RunTurn
from turnstream.contracts.store_api import SaveFact
from turnstream.contracts.text import storable
from turnstream.contracts.turns import Json
from turnstream.http import sse
from turnstream.redis.client import command_client
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import one_server
from turnstream.store_client import StoreClient
from turnstream.testing import Limits
from turnstream.transcript import Transcript
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner

from tests.integration.store_client.conftest import StoreWith
from tests.support.turns import ANN, accept
from tests.unit.contracts.test_text import PIECES, TEXT
from tests.unit.worker.running import SETTINGS, ScriptedServer, begins, ends, streams

LOOK = settings(
    max_examples=12,
    deadline=timedelta(seconds=10),
)
Opened = tuple[StoreClient, EventLog]
ANSWER = st.lists(st.sampled_from(PIECES) | TEXT, min_size=1, max_size=8)


class Turn:
    """An answer in pieces, by an app that also names the thread after it and takes a note."""

    def __init__(self, client: StoreClient, log: EventLog, pieces: list[str]) -> None:
        self._client, self._log, self._pieces = client, log, pieces
        store = TurnStore(client)
        self._server = ScriptedServer(store, self._answer)
        leases = LeaseKeeper(client, "w1", SETTINGS.lease)
        assistants = Assistants(Assistant(self._server, store))
        self._runner = TurnRunner(assistants, client, log, leases, SETTINGS)

    async def _answer(self, server: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        text = "".join(self._pieces)
        page = await server.store.load_threads(1, None, "desc", None)  # type: ignore[arg-type]
        thread = await server.store.load_thread(page.data[0].id, None)  # type: ignore[arg-type]
        thread.title, thread.metadata = text or "none", {"note": [text]}
        await server.store.save_thread(thread, None)  # type: ignore[arg-type]
        yield ProgressUpdateEvent(text=text)
        yield begins()
        for piece in self._pieces:
            yield streams(piece)
        yield ends("." + text)

    async def run(self) -> tuple[list[Json], Json, Json]:
        """What viewers got, the thread as it is stored, and its answer."""
        accepted = await accept(self._client)
        await self._runner.run(RunTurn(turn_id=accepted.turn_id))
        entries = await self._log.read_all(accepted.turn_id)
        frames = (entry.frames for entry in entries if entry.position.attempt > 0)
        shown = [orjson.loads(event) for each in frames for event in sse.events_in(each)]
        thread_id = accepted.thread_id
        stored = orjson.loads(await self._client.threads.metadata(ANN, thread_id))
        seen = orjson.loads(await self._client.threads.show(ANN, thread_id))
        return shown, stored, seen["items"]["data"][-1]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all the examples of a test."""
    with asyncio.Runner() as runner:
        yield runner


@contextmanager
def opened(runner: asyncio.Runner, store_with: StoreWith, redis: str) -> Iterator[Opened]:
    """A store with its usual limits, and the event logs of a real server."""

    async def enter() -> Opened:
        client = await stack.enter_async_context(store_with(Limits()))
        connection = command_client(redis)
        stack.push_async_callback(connection.aclose)
        return client, EventLog(one_server(connection))

    stack = AsyncExitStack()
    try:
        yield runner.run(enter())
    finally:
        runner.run(stack.aclose())


def test_an_answer_is_shown_and_kept_alike(
    runner: asyncio.Runner, store_with: StoreWith, redis: str
) -> None:
    """The text, the title, the metadata and the progress, wherever the text was cut."""

    @given(ANSWER)
    @LOOK
    def holds(pieces: list[str]) -> None:
        text = storable("".join(pieces))
        shown, thread, answer = runner.run(Turn(client, log, pieces).run())
        assert (thread["title"], thread["metadata"]) == (text or "none", {"note": [text]})
        assert answer["content"][0]["text"] == storable("." + "".join(pieces))
        transcript = Transcript()
        for event in shown:
            transcript.apply(event)
        assert transcript.done[answer["id"]]["content"] == answer["content"]
        assert text in [event.get("text") for event in shown]
        deltas = [e["update"]["delta"] for e in shown if e["type"] == "thread.item.updated"]
        assert text in ("".join(deltas), "".join(deltas) + "\ufffd")

    with opened(runner, store_with, redis) as (client, log):
        holds()


def test_a_fact_is_kept(runner: asyncio.Runner, store_with: StoreWith, redis: str) -> None:
    """What a tool writes down for a user."""
    numbers = count()

    @given(TEXT)
    @LOOK
    def holds(text: str) -> None:
        fact = SaveFact(id=f"fact_{next(numbers)}", text=text)
        assert runner.run(client.facts.add(ANN, fact)).text == storable(text)

    with opened(runner, store_with, redis) as (client, _):
        holds()
