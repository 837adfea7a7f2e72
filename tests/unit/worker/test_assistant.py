"""An app is loaded from its factory, started, and stopped; one that can't be is told why."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import ModuleType
from typing import Any

import pytest
from turnstream.contracts.turns import RequestContext
from turnstream.testing import MemoryStore
from turnstream_worker.assistant import App
from turnstream_worker.assistants.example import ExampleServer
from turnstream_worker.loading import AssistantNotLoaded, LoadedApp, load_assistant
from turnstream_worker.thread.chatkit_store import TurnStore


@pytest.mark.parametrize(
    ("assistant", "reason"),
    [
        ("no.such.module:create", "No module named"),
        ("turnstream_guide:nothing", "nothing"),
        ("just_a_name", "module:factory"),
        ("builtins:str", "not a ChatKitServer"),
    ],
)
def test_it_says_what_was_named_and_what_is_wrong_with_it(assistant: str, reason: str) -> None:
    """A module that is not there, a factory that is not there or makes something else, no factory
    at all: each has words of its own.
    """
    with pytest.raises(AssistantNotLoaded) as refused:
        load_assistant(assistant, TurnStore(MemoryStore()))

    assert assistant in str(refused.value)
    assert reason in str(refused.value)


class Factories:
    """Factories of one server each, in every form that is taken; they note start and stop."""

    def __init__(self) -> None:
        self.noted = list[str]()

    def plain(self, store: Any) -> ExampleServer:
        return ExampleServer(store)

    async def coroutine(self, store: Any) -> ExampleServer:
        return ExampleServer(store)

    @asynccontextmanager
    async def manager(self, store: Any) -> AsyncIterator[ExampleServer]:
        self.noted.append("start")
        yield ExampleServer(store)
        self.noted.append("stop")

    @contextmanager
    def plain_manager(self, store: Any) -> Iterator[ExampleServer]:
        self.noted.append("start")
        yield ExampleServer(store)
        self.noted.append("stop")

    async def generator(self, store: Any) -> AsyncIterator[ExampleServer]:
        self.noted.append("start")
        yield ExampleServer(store)
        self.noted.append("stop")

    async def coroutine_of_a_manager(self, store: Any) -> Any:
        return self.manager(store)

    async def fails(self, store: Any) -> ExampleServer:
        raise ConnectionError("no database")

    async def of_another_kind(self, store: Any) -> str:
        return "server"

    @asynccontextmanager
    async def fails_to_stop(self, store: Any) -> AsyncIterator[ExampleServer]:
        yield ExampleServer(store)
        raise ConnectionError("gone")

    def with_context(self, store: Any) -> App:
        return App(ExampleServer(store), lambda request: {"user": request.user_id})

    def with_an_async_context(self, store: Any) -> Any:
        async def context(request: RequestContext) -> dict[str, str]:
            return {"user": request.user_id}

        return ExampleServer(store), context

    def with_a_context_that_is_none(self, store: Any) -> Any:
        return ExampleServer(store), {"user": "ann"}


@pytest.fixture
def factories(monkeypatch: pytest.MonkeyPatch) -> Factories:
    made = Factories()
    module = ModuleType("factories")
    for name in dir(made):
        if not name.startswith("_"):
            setattr(module, name, getattr(made, name))
    monkeypatch.setitem(sys.modules, "factories", module)
    return made


def load(name: str) -> LoadedApp:
    return load_assistant(f"factories:{name}", TurnStore(MemoryStore()))


@pytest.mark.parametrize("name", ["plain", "with_context", "with_an_async_context"])
def test_a_plain_factory_is_done_when_it_was_called(factories: Factories, name: str) -> None:
    assert isinstance(load(name).assistant.server, ExampleServer)


@pytest.mark.parametrize(
    "name", ["coroutine", "manager", "plain_manager", "generator", "coroutine_of_a_manager"]
)
async def test_a_factory_may_start_and_stop_with_its_worker(
    factories: Factories, name: str
) -> None:
    """Async, a context manager, a generator: what it opened is closed at the end."""
    loaded = load(name)
    assert factories.noted == []

    async with loaded.running():
        assert isinstance(loaded.assistant.server, ExampleServer)
        assert "stop" not in factories.noted

    assert factories.noted == ([] if name == "coroutine" else ["start", "stop"])


@pytest.mark.parametrize(
    ("name", "reason"), [("fails", "ConnectionError: no database"), ("of_another_kind", "a str")]
)
async def test_a_start_that_fails_names_the_app_and_the_reason(
    factories: Factories, name: str, reason: str
) -> None:
    with pytest.raises(AssistantNotLoaded, match=reason):
        async with load(name).running():
            pass


async def test_a_stop_that_fails_ends_no_worker(factories: Factories) -> None:
    """Its turns have ended by then; the log has the exception."""
    async with load("fails_to_stop").running():
        pass


@pytest.mark.parametrize("name", ["with_context", "with_an_async_context"])
async def test_an_app_may_make_its_own_context(factories: Factories, name: str) -> None:
    """Of the request, for code that was written for something else."""
    made = await load(name).assistant.context_for(RequestContext(user_id="ann"))
    assert made == {"user": "ann"}


async def test_without_one_it_gets_the_request(factories: Factories) -> None:
    request = RequestContext(user_id="ann")
    assert await load("plain").assistant.context_for(request) is request


def test_a_context_that_is_no_function_is_refused(factories: Factories) -> None:
    with pytest.raises(AssistantNotLoaded, match="context"):
        load("with_a_context_that_is_none")
