"""A worker has several assistants: a request's workflow says which of them answers."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any

import orjson
import pytest
from chatkit.server import ChatKitServer
from chatkit.types import AudioInput, ThreadStreamEvent, TranscriptionResult
from turnstream.contracts.ids import new_id
from turnstream.contracts.jobs import CallServer, ServerAnswered, ServerMethod
from turnstream.contracts.turns import AcceptTurn, RequestContext, TurnStatus
from turnstream.testing import MemoryStore
from turnstream_worker.assistant import DEPLOYING, Assistant, Assistants
from turnstream_worker.assistants.example import ExampleServer
from turnstream_worker.loading import AssistantNotLoaded, LoadedApps
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.short_calls.answering import ServerCalls
from turnstream_worker.thread.chatkit_store import TurnStore

from tests.support.turns import message
from tests.unit.worker.running import SETTINGS, ScriptedServer, Turn, Worker, ends

HASTY = SETTINGS.model_copy(update={"retry_after_limit": timedelta(0)})


class Named(ChatKitServer[RequestContext]):
    """An assistant that says its name and what it was told, and notes that it was asked."""

    def __init__(self, store: TurnStore, name: str) -> None:
        super().__init__(store)
        self.name = name
        self.asked: list[RequestContext] = []

    async def respond(self, *details: Any) -> AsyncIterator[ThreadStreamEvent]:
        context: RequestContext = details[-1]
        self.asked.append(context)
        yield ends(f"{self.name} {context.state_variables}")

    async def transcribe(
        self, audio_input: AudioInput, context: RequestContext
    ) -> TranscriptionResult:
        self.asked.append(context)
        return TranscriptionResult(text=self.name)


class Office(Worker):
    """A worker with a default assistant and one for each of two workflows."""

    def __init__(self, *workflows: str, settings: WorkerSettings = SETTINGS) -> None:
        super().__init__(self._nothing, settings=settings)
        self.default = Named(self.assistants.store, "default")
        self.others = {name: Named(self.assistants.store, name) for name in workflows}
        self.assistants.default.server = self.default
        for name, server in self.others.items():
            others: Any = self.assistants.workflows
            others[name] = Assistant(server, self.assistants.store)
        self.calls = ServerCalls(self.assistants, self.client, 5)

    @staticmethod
    async def _nothing(_: ScriptedServer) -> AsyncIterator[ThreadStreamEvent]:
        yield ends("nothing")

    async def asked(self, **context: Any) -> Turn:
        """A turn of ann's in a thread of its own, with this context."""
        told = RequestContext(user_id="ann", **context)
        command = AcceptTurn(turn_id=new_id("turn"), request=message(), context=told)
        accepted = await self.client.turns.accept(command)
        return Turn(self, accepted.turn_id, accepted.thread_id)

    async def answer(self, **context: Any) -> str:
        """What ann is answered."""
        turn = await self.asked(**context)
        assert (await turn.run()).status is TurnStatus.COMPLETED
        [(_, text)] = await turn.items()
        return text

    async def dictate(self, workflow: str | None) -> ServerAnswered:
        """The answer to a short call."""
        call = CallServer(
            call_id="call_1",
            method=ServerMethod.TRANSCRIBE,
            request={
                "type": "input.transcribe",
                "params": {"audio_base64": "", "mime_type": "audio/webm"},
            },
            context=RequestContext(user_id="ann", workflow=workflow),
            reply_to="replies",
            timeout=timedelta(seconds=10),
        )
        answered = await self.calls.answer(call, timedelta(0))
        assert answered is not None
        return answered


async def test_the_workflow_of_a_request_chooses_the_assistant() -> None:
    """Without one the default assistant answers."""
    office = Office("wf_sales", "wf_help")
    assert (await office.answer(workflow="wf_sales")).startswith("wf_sales")
    assert (await office.answer(workflow="wf_help")).startswith("wf_help")
    assert (await office.answer()).startswith("default")


@pytest.mark.parametrize("workflow", ["wf_sales", None])
async def test_short_calls_go_to_the_same_assistant_as_turns(workflow: str | None) -> None:
    """Actions, dictation, attachments, feedback and mentions are an assistant's as answers are."""
    answered = await Office("wf_sales").dictate(workflow)
    assert answered.body is not None
    assert orjson.loads(answered.body) == {"text": workflow or "default"}


async def test_one_assistant_answers_for_every_workflow_where_none_is_named() -> None:
    """Pages that come from hosted ChatKit go on naming their workflow."""
    assert (await Office().answer(workflow="wf_any")).startswith("default")


async def test_what_a_server_says_reaches_the_assistant_apart_from_what_a_page_says() -> None:
    """The page's metadata may have fields of these names: they are none of these."""
    office = Office("wf_sales")
    said = await office.answer(
        workflow="wf_sales",
        session_id="cksess_1",
        state_variables={"plan": "gold"},
        claims={"role": "buyer"},
        metadata={"state_variables": {"plan": "free"}, "claims": {"role": "admin"}},
    )
    assert said == "wf_sales {'plan': 'gold'}"
    [context] = office.others["wf_sales"].asked
    assert (context.session_id, context.claims) == ("cksess_1", {"role": "buyer"})


async def test_a_turn_of_an_unknown_workflow_waits_for_a_worker_that_knows_it() -> None:
    """As during a deploy. No other assistant answers in its place."""
    office = Office("wf_help", settings=HASTY)
    turn = await office.asked(workflow="wf_new")
    view = await turn.run()

    assert view.status is TurnStatus.QUEUED
    assert view.error is not None
    assert view.error.code == "workflow_not_found"
    assert office.default.asked == []

    others: Any = office.assistants.workflows
    others["wf_new"] = Assistant(Named(office.assistants.store, "new"), office.assistants.store)
    assert (await turn.run()).status is TurnStatus.COMPLETED
    assert await turn.items() == [("assistant_message", "new {}")]


async def test_a_workflow_that_nobody_knows_fails_by_its_name() -> None:
    """Its user sees that the assistant is not there, and an operator why."""
    turn = await Office("wf_help", settings=HASTY).asked(workflow="wf_old")
    for _ in range(3):
        view = await turn.run()

    assert view.status is TurnStatus.FAILED
    assert view.error is not None
    assert view.error.code == "workflow_not_found"
    failed = await turn.client.dead_letters.show_failed(turn.id)
    assert "'wf_old'" in failed.error.detail
    assert view.error.detail == ""
    assert turn.shown[-1]["message"].startswith("This assistant is not available right now.")


async def test_a_short_call_of_an_unknown_workflow_is_refused_by_name() -> None:
    """It may be asked again a little later."""
    answered = await Office("wf_help").dictate("wf_new")
    assert answered.error == "workflow_not_found"
    assert answered.extra == {"status": 404, "retry_after": DEPLOYING.total_seconds()}


Loading = Callable[..., LoadedApps]


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the factories of the module `apps` did, in order."""
    done: list[str] = []
    module = ModuleType("apps")

    def factory(name: str) -> Callable[[Any], Any]:
        @asynccontextmanager
        async def made(store: Any) -> AsyncIterator[ExampleServer]:
            done.append(f"start {name}")
            try:
                yield ExampleServer(store)
            finally:
                done.append(f"stop {name}")

        return made

    async def broken(_: Any) -> ExampleServer:
        raise ConnectionError("no database")

    monkeypatch.setitem(sys.modules, "apps", module)
    for name in ("main", "sales", "help"):
        setattr(module, name, factory(name))
    module.broken = broken  # type: ignore[attr-defined]
    yield done


def loaded(**workflows: str) -> LoadedApps:
    return LoadedApps("apps:main", workflows, TurnStore(MemoryStore()))


async def test_the_apps_start_in_order_and_stop_in_reverse(noted: list[str]) -> None:
    """That of `ASSISTANT` first. A factory that two workflows name makes one app for both."""
    apps = loaded(wf_sales="apps:sales", wf_help="apps:help", wf_more="apps:sales")
    checked: list[str] = []
    async with apps.running(lambda app: checked.append(app.path)):
        assert noted == ["start main", "start sales", "start help"]
        assert checked == ["apps:main", "apps:sales", "apps:help"]
        found: Assistants = apps.assistants
        assert found.workflows["wf_more"] is found.workflows["wf_sales"]
        assert found.workflows["wf_help"] is not found.workflows["wf_sales"]
    assert noted[3:] == ["stop help", "stop sales", "stop main"]


async def test_an_app_that_does_not_start_is_named_by_its_workflow(noted: list[str]) -> None:
    """No worker serves a part of its workflows; what had started is stopped."""
    with pytest.raises(AssistantNotLoaded, match=r"WORKFLOWS: wf_bad='apps:broken'.*no database"):
        async with loaded(wf_bad="apps:broken").running(lambda _: None):
            pass
    assert noted == ["start main", "stop main"]


def test_a_factory_that_is_not_there_is_named_by_its_workflow(noted: list[str]) -> None:
    """Before anything has started."""
    with pytest.raises(AssistantNotLoaded, match=r"WORKFLOWS: wf_bad='apps:nothing'"):
        loaded(wf_ok="apps:broken", wf_bad="apps:nothing")
    assert noted == []
