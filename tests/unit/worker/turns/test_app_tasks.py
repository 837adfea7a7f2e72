"""A turn waits a while for the tasks that its app began: a title that comes late still comes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from chatkit.types import ThreadStreamEvent
from structlog.testing import capture_logs
from turnstream.contracts.turns import TurnStatus
from turnstream_worker.turns.app_tasks import collect_tasks

from tests.support.turns import ANN
from tests.unit.worker.running import SETTINGS, ScriptedServer, Turn, Worker, ends

SOON, LONG = 0.05, 60.0
TASKS = set[asyncio.Task[None]]()


@pytest.fixture(autouse=True)
async def noticing() -> AsyncIterator[None]:
    """As a worker does at its start, with this module for an app."""
    loop = asyncio.get_running_loop()
    collect_tasks(loop, {"tests"})
    yield
    loop.set_task_factory(None)


class Titles(ScriptedServer):
    """Answers at once, and finds a title in a task that nobody awaits."""

    after = SOON

    async def respond(self, thread: Any, *_: Any) -> AsyncIterator[ThreadStreamEvent]:
        async def find_a_title() -> None:
            await asyncio.sleep(self.after)
            thread.title = "About cats"

        task = asyncio.create_task(find_a_title(), name="title")
        TASKS.add(task)
        yield ends("Hello.")


@pytest.fixture
def worker() -> Worker:
    patient = SETTINGS.model_copy(update={"task_timeout": timedelta(seconds=0.3)})
    worker = Worker(lambda _: iter(()), settings=patient)  # type: ignore[arg-type,return-value]
    worker.assistants.default.server = Titles(worker.assistants.store)
    return worker


async def title(worker: Worker, turn: Turn) -> object:
    thread = await worker.client.threads.metadata(ANN, turn.thread_id)
    return b'"title":"About cats"' in thread.replace(b'": ', b'":')


async def test_a_title_that_comes_late_is_saved_and_shown(worker: Worker) -> None:
    turn = await worker.accept()

    assert (await turn.run()).status is TurnStatus.COMPLETED

    assert await title(worker, turn)
    assert turn.shown[-1]["thread"]["title"] == "About cats"


async def test_a_task_that_goes_on_is_named_and_holds_up_no_turn(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn ends after a while; the log says what still ran, and where."""
    monkeypatch.setattr(Titles, "after", LONG)
    turn = await worker.accept()

    with capture_logs() as logged:
        assert (await turn.run()).status is TurnStatus.COMPLETED

    (said,) = [each for each in logged if "task" in each["event"] and "running" in each]
    assert said["task"] == "title"
    assert "find_a_title at " in said["running"]
    assert __file__ in said["running"]
    for task in TASKS:
        task.cancel()


async def test_a_turn_without_such_tasks_waits_for_nothing(worker: Worker) -> None:
    """Neither for tasks that ended in it, nor for those of libraries and of the worker."""
    plain = Worker(
        _in_passing, settings=SETTINGS.model_copy(update={"task_timeout": timedelta(seconds=60)})
    )
    turn = await plain.accept()

    async with asyncio.timeout(10):
        assert (await turn.run()).status is TurnStatus.COMPLETED


async def _in_passing(_: Any) -> AsyncIterator[ThreadStreamEvent]:
    await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))
    yield ends("Hello.")
