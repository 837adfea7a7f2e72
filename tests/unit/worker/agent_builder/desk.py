"""Exports of Agent Builder on a real runner, with a store and a log in memory."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import RunTurn
from turnstream.contracts.turns import AcceptTurn, Json, RequestContext, TurnStatus
from turnstream.store_client import StoreClient
from turnstream.testing import MemoryStore
from turnstream_worker.agent_builder import workflow
from turnstream_worker.api.paused_runs import PausedRuns, paused_runs
from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.attempt import Interruption
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner

from tests.support.turns import ANN, message
from tests.support.waiting import wait_until_async
from tests.unit.worker.running import SETTINGS, MemoryLog

EXPORTS = "tests.e2e.agent_builder_exports"


class Desk:
    """A worker with one workflow, and one user with one thread."""

    def __init__(self, path: str, client: StoreClient | None = None) -> None:
        self.client = client or MemoryStore()
        self.log = MemoryLog()
        self.thread: str | None = None
        self.variables: Mapping[str, Any] = {}
        paused_runs.set(PausedRuns(self.client))
        self.leases = LeaseKeeper(self.client, "w1", SETTINGS.lease)
        store = TurnStore(self.client)
        self._server = workflow(path)(store)
        assistant = Assistant(self._server, store)
        self.runner = TurnRunner(
            Assistants(assistant), self.client, self.log, self.leases, SETTINGS
        )

    async def say(self, text: str, **more: Any) -> str:
        """Say something; what was said last. `more` goes into the message."""
        named = {"thread_id": self.thread} if self.thread else {}
        await self.ask(message(text, input=more, **named))
        return (await self.said())[-1]

    async def press(self, button: str, card: Json | None = None) -> None:
        """Press a button of the newest card, or of one as it was."""
        card = card or (await self.items("widget"))[-1]
        params = {"thread_id": self.thread, "item_id": card["id"]}
        action = card["widget"][button]["action"]
        await self.ask({"type": "threads.custom_action", "params": {**params, "action": action}})

    def deploy_another_version(self) -> None:
        """Let the module of the workflow be another one from now on."""
        self._server._export = replace(self._server._export, version="another")

    async def stop(self, text: str, when_shown: str) -> TurnStatus:
        """Say something, and press Stop once a part of the answer is shown."""
        turn_id = await self._accept(message(text))
        running = asyncio.create_task(self.runner.run(RunTurn(turn_id=turn_id)))
        await wait_until_async(lambda: when_shown in str(self.log.logs))
        attempt = self.leases.find(turn_id)
        assert attempt is not None
        attempt.interrupt(Interruption.STOP)
        await running
        return (await self.client.turns.show(ANN, turn_id)).status

    async def ask(self, request: Json) -> None:
        """Send a request, and run its turn to its end."""
        turn_id = await self._accept(request)
        await self.runner.run(RunTurn(turn_id=turn_id))
        view = await self.client.turns.show(ANN, turn_id)
        assert view.status is TurnStatus.COMPLETED, view.error

    async def _accept(self, request: Json) -> str:
        told = RequestContext(user_id=ANN.user, state_variables=dict(self.variables))
        command = AcceptTurn(turn_id=new_id("turn"), request=request, context=told)
        accepted = await self.client.turns.accept(command)
        self.thread = accepted.thread_id
        return accepted.turn_id

    async def items(self, kind: str) -> list[Json]:
        """The items of a kind, oldest first."""
        assert self.thread is not None
        page = await self.client.threads.items(
            ANN, self.thread, limit=100, after=None, order="asc", seen_by=("", 0)
        )
        return [item for item in orjson.loads(page)["data"] if item["type"] == kind]

    async def said(self) -> list[str]:
        """What the assistant said, oldest first."""
        messages = await self.items("assistant_message")
        return ["".join(part["text"] for part in item["content"]) for item in messages]

    async def steps(self) -> list[list[tuple[str, str]]]:
        """The steps that were shown: name and status, by item."""
        return [
            [(task["title"], task["status_indicator"]) for task in item["workflow"]["tasks"]]
            for item in await self.items("workflow")
        ]
