"""An app in the process of its test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from secrets import token_urlsafe
from typing import Any, cast

import orjson
from agents import Model, set_tracing_disabled
from chatkit.types import ChatKitReq
from pydantic import SecretStr, TypeAdapter
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import RunTurn
from turnstream.contracts.operating.recordings import RecordedEntry, Recording
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.turns import AcceptTurn, JournalRetention, Json, RequestContext
from turnstream.http import sse
from turnstream.process.background import keep_running
from turnstream.redis.event_log import OPENING, Entry, Kind
from turnstream.steps import current_steps
from turnstream.testing import Limits, MemoryEventLog, MemoryStore

from turnstream_worker.api.paused_runs import PausedRuns, paused_runs
from turnstream_worker.assistant import Assistants
from turnstream_worker.attempt import Interruption
from turnstream_worker.loading import LoadedApp, load_assistant
from turnstream_worker.models.model_override import override_model
from turnstream_worker.replay.install import install
from turnstream_worker.replay.steps import JournaledSteps
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.testing.toolbox import LocalToolbox
from turnstream_worker.testing.turn import LocalTurn
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.tools.mcp.servers import McpServers, mcp_servers
from turnstream_worker.tools.toolbox import toolbox
from turnstream_worker.turns.app_tasks import collect_tasks
from turnstream_worker.turns.leases import LeaseKeeper
from turnstream_worker.turns.runner import TurnRunner

Factory = Callable[[TurnStore], object]
"""What `ASSISTANT` names: it takes the store and gives a server, or what becomes one."""

_REQUEST: TypeAdapter[Any] = TypeAdapter(ChatKitReq)
_PAGE = 100


class LocalApp:
    """An app that runs here: each request is a turn, and is run to its end."""

    def __init__(
        self, runner: TurnRunner, leases: LeaseKeeper, store: MemoryStore, log: MemoryEventLog
    ) -> None:
        self.store = store
        """What is kept, as the store client tells it."""
        self.tenant = DEFAULT_TENANT
        self.user = "user"
        """The user of later requests. Each user has separate threads."""
        self._runner = runner
        self._leases = leases
        self._log = log

    async def say(
        self,
        text: str,
        thread_id: str | None = None,
        *,
        deployed_after: str | None = None,
        **more: Any,
    ) -> LocalTurn:
        """Send a user's message: to a thread, or as the first of a new one.

        `more` goes into the message: `quoted_text`, `inference_options`. `deployed_after` is as in
        `request`.
        """
        message = {
            "content": [{"type": "input_text", "text": text}],
            "attachments": [],
            "inference_options": {},
            **more,
        }
        kind, params = "threads.create", cast(Json, {"input": message})
        if thread_id is not None:
            kind, params = "threads.add_user_message", params | {"thread_id": thread_id}
        return await self.request(kind, params, deployed_after=deployed_after)

    async def request(
        self, kind: str, params: Json, *, deployed_after: str | None = None
    ) -> LocalTurn:
        """Send any ChatKit request that is answered by a stream, such as `threads.custom_action`.

        `deployed_after` simulates a deployment: the attempt stops once an event with this text was
        sent, and another attempt goes on. It repeats a model call that was cut off, and plays back
        those that had ended. Raises what the store answers to a request that it refuses, and
        `pydantic.ValidationError` for what is no such request.
        """
        asked = _REQUEST.validate_python({"type": kind, "params": params})
        command = AcceptTurn(
            turn_id=new_id("turn"),
            request=asked.model_dump(mode="json", by_alias=True, exclude_none=True),
            context=RequestContext(user_id=self.user, tenant=self.tenant),
        )
        accepted = await self.store.turns.accept(command)
        opening = [orjson.loads(each) for each in sse.events_in(accepted.opening.encode())]
        job = RunTurn(turn_id=accepted.turn_id, tenant=self.tenant)
        if deployed_after is not None:
            with self._log.listening(partial(self._deploy, deployed_after)):
                await self._runner.run(job)
        await self._runner.run(job)
        return await self._ended(accepted.turn_id, opening)

    async def run(self, recording: Recording) -> LocalTurn:
        """Put the turn of a recording into the store and run it to its end, for its user, who asks
        from now on.
        """
        self.store.recordings.restore(recording)
        turn = recording.turn
        self.tenant, self.user = turn.context.owner
        opening = sse.frames(OPENING, [orjson.dumps(each) for each in turn.opening])
        await self._log.seed(turn.id, [Entry(OPENING, Kind.EVENTS, opening)])
        await self._runner.run(RunTurn(turn_id=turn.id, tenant=self.tenant))
        return await self._ended(turn.id, turn.opening)

    async def record(self, turn_id: str) -> Recording:
        """A turn as `turnstream record` writes it."""
        entries = [
            RecordedEntry(
                position=str(entry.position),
                kind=entry.kind,
                events=[orjson.loads(event) for event in sse.events_in(entry.frames)],
            )
            for entry in self._log.logs.get(turn_id, [])
        ]
        recording = await self.store.recordings.of_turn(turn_id)
        return recording.model_copy(update={"log": entries})

    def _deploy(self, after: str, turn_id: str, entry: Entry) -> None:
        attempt = self._leases.find(turn_id)
        if attempt is not None and after.encode() in entry.frames:
            attempt.interrupt(Interruption.DRAIN)

    async def _ended(self, turn_id: str, opening: list[Json]) -> LocalTurn:
        owner = Owner(self.tenant, self.user)
        view = await self.store.turns.show(owner, turn_id)
        thread_id = view.thread_id
        page = orjson.loads(
            await self.store.threads.items(owner, thread_id, limit=_PAGE, after=None, order="desc")
        )
        thread: Json = orjson.loads(await self.store.threads.show(owner, thread_id))
        events = opening + self._shown(turn_id)
        named = {each["item"]["id"] for each in events if "item" in each}
        return LocalTurn(
            id=turn_id,
            thread_id=thread_id,
            status=view.status,
            error=view.error,
            events=events,
            items=[each for each in reversed(page["data"]) if each["id"] in named],
            thread={name: value for name, value in thread.items() if name != "items"},
            required_actions=view.required_actions,
        )

    def _shown(self, turn_id: str) -> list[Json]:
        entries = self._log.logs.get(turn_id, [])
        attempts = (entry.frames for entry in entries if entry.position.attempt > 0)
        return [orjson.loads(event) for frames in attempts for event in sse.events_in(frames)]


@asynccontextmanager
async def local_app(
    app: str | Factory, model: Model, *, tools: str = "", limits: Limits | None = None
) -> AsyncIterator[LocalApp]:
    """Run an app: `module:factory` or the factory, and the modules of its tools as in `TOOLS`.

    `model` answers in place of every model that the app names or brings. Raises
    `AssistantNotLoaded` and `ConfigurationError` as a worker and a tools service would at their
    start. `limits` are those of the store, but every journal is kept. MCP servers are left out,
    attachments are not kept, and traces are sent nowhere.
    """
    client = MemoryStore(replace(limits or Limits(), keep_journals=JournalRetention.ALL))
    with override_model(model):
        async with app_with(app, client, partial(LocalToolbox, tools, client)) as made:
            yield made


@asynccontextmanager
async def app_with(
    app: str | Factory, client: MemoryStore, toolbox_of: Callable[[WorkerSettings], LocalToolbox]
) -> AsyncIterator[LocalApp]:
    """Run an app on this store, with these tools. The caller replaces its models."""
    settings = WorkerSettings(
        instance="worker-test",
        internal_key=SecretStr(token_urlsafe()),  # nobody asks for it here
        flush_window=timedelta(milliseconds=1),
    )
    log, store = MemoryEventLog(), TurnStore(client)
    install()
    set_tracing_disabled(True)  # a key in the environment would have it tell OpenAI of the test
    loaded = _loaded(app, store)
    leases = LeaseKeeper(client, settings.instance, settings.lease)
    runner = TurnRunner(Assistants(loaded.assistant), client, log, leases, settings)
    box = toolbox_of(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(box.aclose)
        toolbox.set(box)
        mcp_servers.set(McpServers([]))
        paused_runs.set(PausedRuns(client))
        current_steps.set(JournaledSteps())
        collect_tasks(asyncio.get_running_loop(), {loaded.package})
        keep_running(stack, leases.run())
        await stack.enter_async_context(loaded.running())
        yield LocalApp(runner, leases, client, log)


def _loaded(app: str | Factory, store: TurnStore) -> LoadedApp:
    if isinstance(app, str):
        return load_assistant(app, store)
    path = f"{app.__module__}:{app.__qualname__}"
    return LoadedApp(path, path, app(store), store)
