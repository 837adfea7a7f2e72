"""Where a session allows no titles, an assistant names no thread, and its user still may."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from chatkit.server import ChatKitServer
from chatkit.types import Page, Thread, ThreadMetadata, ThreadStreamEvent, ThreadUpdatedEvent
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.contracts.store_api import ThreadPatch
from turnstream.contracts.turns import Json, RequestContext, TurnStatus

from tests.unit.worker.running import Turn, ends
from tests.unit.worker.test_workflows import Office

ANN = Owner(DEFAULT_TENANT, "ann")


class Namer(ChatKitServer[RequestContext]):
    """An assistant that names its thread in one of the ways that ChatKit has."""

    def __init__(self, office: Office, way: str) -> None:
        super().__init__(office.assistants.store)
        self.office, self.way = office, way

    async def respond(self, *details: Any) -> AsyncIterator[ThreadStreamEvent]:
        thread: ThreadMetadata = details[0]
        context: RequestContext = details[-1]
        if self.way == "shows it alone":
            yield ThreadUpdatedEvent(thread=Thread(**_named(thread).model_dump(), items=Page()))
        elif self.way == "saves a copy":
            await self.store.save_thread(_named(thread), context)
        elif self.way == "names another thread":
            other = _named(thread).model_copy(update={"id": "thr_other"})
            await self.store.save_thread(other, context)
        elif self.way == "while its user does":
            patch = ThreadPatch(fields={"title": "ann's"})
            await self.office.client.threads.patch(ANN, thread.id, patch)
        thread.title = "the assistant's"
        thread.metadata["note"] = "kept"
        yield ends("Hello")


def _named(thread: ThreadMetadata) -> ThreadMetadata:
    return thread.model_copy(update={"title": "the assistant's"})


def titles_shown(turn: Turn) -> set[str | None]:
    """The titles that viewers were shown."""
    updates = [event for event in turn.shown if event["type"] == "thread.updated"]
    return {event["thread"].get("title") for event in updates}


async def thread_of(turn: Turn, thread_id: str | None = None) -> Json:
    """A thread as it is stored."""
    stored = await turn.client.threads.metadata(ANN, thread_id or turn.thread_id)
    document: Json = orjson.loads(stored) if isinstance(stored, bytes) else stored
    return document


async def named(way: str, *, titles: bool) -> Turn:
    office = Office()
    office.assistants.default.server = Namer(office, way)
    turn = await office.asked(titles=titles)
    assert (await turn.run()).status is TurnStatus.COMPLETED
    return turn


WAYS = ["sets it", "saves a copy", "shows it alone"]


@pytest.mark.parametrize("way", WAYS)
async def test_an_assistant_names_no_thread_where_titles_are_off(way: str) -> None:
    """In whichever way it tries. Whatever else it changes in the thread is kept."""
    turn = await named(way, titles=False)
    stored = await thread_of(turn)
    assert stored.get("title") is None
    assert stored["metadata"] == {"note": "kept"}
    assert titles_shown(turn) == {None}


async def test_it_names_no_other_thread_either() -> None:
    turn = await named("names another thread", titles=False)
    assert (await thread_of(turn, "thr_other")).get("title") is None


@pytest.mark.parametrize("way", WAYS)
async def test_it_names_threads_everywhere_else(way: str) -> None:
    turn = await named(way, titles=True)
    assert (await thread_of(turn))["title"] == "the assistant's"
    assert titles_shown(turn) == {"the assistant's"}


async def test_a_title_of_its_user_stays_and_is_shown() -> None:
    """Also where it comes while the turn runs."""
    turn = await named("while its user does", titles=False)
    assert (await thread_of(turn))["title"] == "ann's"
    assert titles_shown(turn) == {"ann's"}
