"""A worker's turns without servers: the real runner on a store and a log in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
)
from turnstream.contracts.jobs import RunTurn
from turnstream.contracts.turns import Json, RequestContext, TurnView
from turnstream.http import sse
from turnstream.redis.event_log import Entry, Kind
from turnstream.store_client import StoreClient
from turnstream.testing import Limits, MemoryEventLog, MemoryStore
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.attempt import Attempt, Interruption
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner

from tests.support.turns import ANN, accept
from tests.support.waiting import wait_until_async

MADE = datetime(2027, 1, 1)
Script = Callable[["ScriptedServer"], AsyncIterator[ThreadStreamEvent]]
SETTINGS = WorkerSettings(
    flush_window=timedelta(milliseconds=1), retry_backoff=timedelta(seconds=2), instance="w1"
)


def said(text: str, item_id: str = "msg_1") -> AssistantMessageItem:
    """A message of the assistant."""
    content = [AssistantMessageContent(text=text)] if text else []
    return AssistantMessageItem(id=item_id, thread_id="", created_at=MADE, content=content)


def begins(item: ThreadItem | None = None) -> ThreadItemAddedEvent:
    """An item appears; an empty message unless told."""
    return ThreadItemAddedEvent(item=item or said(""))


def streams(text: str, item_id: str = "msg_1") -> ThreadItemUpdatedEvent:
    """A piece of a message's text."""
    delta = AssistantMessageContentPartTextDelta(content_index=0, delta=text)
    return ThreadItemUpdatedEvent(item_id=item_id, update=delta)


def ends(item: ThreadItem | str) -> ThreadItemDoneEvent:
    """An item is finished; a message if only its text is given."""
    return ThreadItemDoneEvent(item=said(item) if isinstance(item, str) else item)


class ScriptedServer(ChatKitServer[RequestContext]):
    """Answers with one script per attempt; the last one serves all further attempts."""

    def __init__(self, store: TurnStore, *scripts: Script) -> None:
        super().__init__(store)
        self._scripts = list(scripts)
        self.clean_up: Callable[[], Awaitable[None]] | None = None

    def respond(self, *_: Any) -> AsyncIterator[ThreadStreamEvent]:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        return script(self)

    async def handle_stream_cancelled(self, *details: Any) -> None:
        if self.clean_up is not None:
            await self.clean_up()
        await super().handle_stream_cancelled(*details)


class MemoryLog(MemoryEventLog):
    """Logs in memory, whose Redis may be away for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.away = 0
        """How many reads fail before Redis is back."""

    async def read_all(self, turn_id: str) -> list[Entry]:
        if self.away:
            self.away -= 1
            raise ConnectionError("away")
        return await super().read_all(turn_id)


class Turn:
    """One accepted turn, and all that can be asked about it."""

    def __init__(self, worker: "Worker", turn_id: str, thread_id: str) -> None:
        self._worker, self.id, self.thread_id = worker, turn_id, thread_id
        self.client = worker.client

    async def run(self) -> TurnView:
        """Run it here; how it stands afterwards."""
        await self._worker.runner.run(RunTurn(turn_id=self.id))
        return await self.view()

    async def interrupted(self, why: Interruption, when: str) -> TurnView:
        """Run it, and interrupt it once viewers have seen `when`."""
        running = asyncio.create_task(self._worker.runner.run(RunTurn(turn_id=self.id)))
        await wait_until_async(lambda: when in str(self.shown))
        self.attempt.interrupt(why)
        await running
        return await self.view()

    @property
    def attempt(self) -> Attempt:
        """The attempt that runs here."""
        attempt = self._worker.leases.find(self.id)
        assert attempt is not None
        return attempt

    async def view(self) -> TurnView:
        """How the turn stands in the store."""
        return await self._worker.client.turns.show(ANN, self.id)

    @property
    def shown(self) -> list[Json]:
        """What its viewers got of its attempts, in order."""
        entries = self._worker.log.logs.get(self.id, [])
        attempts = (entry.frames for entry in entries if entry.position.attempt > 0)
        return [orjson.loads(event) for frames in attempts for event in sse.events_in(frames)]

    @property
    def end(self) -> str | None:
        """How its log ended, if it has."""
        entries = self._worker.log.logs.get(self.id, [])
        return Kind.status_of(entries[-1].kind) if entries else None

    async def items(self) -> list[tuple[str, str]]:
        """What is stored of the answer: types and texts, oldest first."""
        page = orjson.loads(
            await self._worker.client.threads.items(
                ANN, self.thread_id, limit=100, after=None, order="asc", seen_by=("", 0)
            )
        )
        return [
            (item["type"], _text(item)) for item in page["data"] if item["type"] != "user_message"
        ]


class Worker:
    """The parts of a worker that run turns, with one scripted assistant."""

    def __init__(
        self,
        *scripts: Script,
        client: StoreClient | None = None,
        settings: WorkerSettings = SETTINGS,
        max_attempts: int = 3,
    ) -> None:
        self.client = client or MemoryStore(Limits(max_attempts=max_attempts))
        self.log = MemoryLog()
        self.leases = LeaseKeeper(self.client, "w1", settings.lease)
        store = TurnStore(self.client)
        self.server = ScriptedServer(store, *scripts)
        self.assistants = Assistants(Assistant(self.server, store))
        self.runner = TurnRunner(self.assistants, self.client, self.log, self.leases, settings)

    async def accept(self) -> Turn:
        """A turn of ann's in a thread of its own."""
        accepted = await accept(self.client)
        return Turn(self, accepted.turn_id, accepted.thread_id)


def _text(item: Json) -> str:
    if isinstance(item.get("content"), str):
        return str(item["content"])
    return "".join(part["text"] for part in item.get("content", ()))
