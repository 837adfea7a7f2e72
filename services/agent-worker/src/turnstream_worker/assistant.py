"""The app that a deployment names: loaded from its factory, started and stopped with the worker."""

import asyncio
import importlib
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from chatkit.server import ChatKitServer
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from turnstream.contracts.turns import RequestContext
from turnstream.settings import ConfigurationError
from turnstream.telemetry import get_logger

from turnstream_worker.thread.chatkit_store import TurnStore

log = get_logger(__name__)

T = TypeVar("T")

START_PATIENCE = timedelta(minutes=5)
"""How long an app may take to start: it may load an index or a model."""
STOP_PATIENCE = timedelta(seconds=10)
"""How long an app may take to stop. A container gets 30 s in all, and turns come first."""

_LATER = (Awaitable, AsyncGenerator, Generator, AbstractAsyncContextManager, AbstractContextManager)
"""What a factory may give that becomes a server at the start of the worker."""

ContextFactory = Callable[[RequestContext], object]
"""An app's `context(request)`: plain or async."""


class AssistantNotLoaded(ConfigurationError):
    """The factory cannot be used. The message says why and what to do."""


class App(NamedTuple):
    """What a factory may give instead of a server alone: the server and its context.

    `context(request)` makes the `context` that the methods of the server get. It is called once for
    each attempt and short call, may be async, and returns a new object each time.
    """

    server: ChatKitServer[Any]
    context: ContextFactory


@dataclass
class Assistant:
    """The server of an app, the store that it was given, and what makes its contexts."""

    server: ChatKitServer[Any]
    store: TurnStore
    context: ContextFactory | None = None

    async def context_for(self, request: RequestContext) -> object:
        """The context for the server's methods. Raises what the app's `context` raises."""
        if self.context is None:
            return request
        made = self.context(request)
        return await made if inspect.isawaitable(made) else made


class _NotStarted(ChatKitServer[Any]):
    """Stands in for the server of an app that starts with its worker. Nothing calls it."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: object
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Part of the server."""
        raise RuntimeError("the app has not been started")
        yield


class AppFactory:
    """A factory by its name, `module:factory`. Making one imports its module.

    Raises `AssistantNotLoaded` with a message for the operator who set `ASSISTANT`, as all methods
    do.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        module_name, _, factory_name = path.partition(":")
        if not module_name or not factory_name:
            raise AssistantNotLoaded(f"ASSISTANT={path!r} is not of the form module:factory.")
        with _told(path, "Is the module on PYTHONPATH?"):
            self._factory: Callable[[TurnStore], object] = getattr(
                importlib.import_module(module_name), factory_name
            )

    def call(self, store: TurnStore) -> "LoadedApp":
        """Call the factory. A plain one has made its server then, an async one makes it later."""
        with _told(self.path, "Does the factory take one store?"):
            made = self._factory(store)
        loaded = LoadedApp(self.path, made, store)
        if not loaded.starts_later:
            loaded.take(made)
        return loaded


class LoadedApp:
    """What a factory made: a server, or what becomes one when the worker starts."""

    def __init__(self, path: str, made: object, store: TurnStore) -> None:
        self._path = path
        self._made = made
        self.assistant = Assistant(_NotStarted(store), store)
        """The app; its server and its context are there once it has started."""

    @property
    def package(self) -> str:
        """The package that the factory's module is in."""
        return self._path.partition(":")[0].partition(".")[0]

    @property
    def starts_later(self) -> bool:
        """True for a coroutine and for a context manager: both need a running event loop."""
        return isinstance(self._made, _LATER) and not isinstance(self._made, ChatKitServer)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the app, and stop it at the end of the block, within `STOP_PATIENCE`."""
        async with AsyncExitStack() as stack:
            if self.starts_later:
                with _told(self._path, "It was started as it is at the start of a worker."):
                    async with asyncio.timeout(START_PATIENCE.total_seconds()):
                        self.take(await _entered(self._made, stack))
            yield
            try:
                async with asyncio.timeout(STOP_PATIENCE.total_seconds()):
                    await stack.aclose()
            except Exception:  # whatever an app raises: its worker ends all the same
                log.exception("the app failed to stop", assistant=self._path)

    def discard(self) -> None:
        """Forget what was never started, so that nothing warns of it."""
        if inspect.iscoroutine(self._made):
            self._made.close()

    def take(self, made: object) -> None:
        """Take what the factory made in the end: a server, or a server and a context."""
        server, context = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
        if not isinstance(server, ChatKitServer):
            raise AssistantNotLoaded(
                f"ASSISTANT={self._path!r} made a {type(server).__name__}, not a ChatKitServer."
            )
        if context is not None and not callable(context):
            raise AssistantNotLoaded(
                f"ASSISTANT={self._path!r} made a {type(context).__name__} for its context, not a "
                "function of one RequestContext."
            )
        self.assistant.server, self.assistant.context = server, context


def load_assistant(path: str, store: TurnStore) -> LoadedApp:
    """Import `module:factory` and call it with the store. Raises `AssistantNotLoaded`."""
    return AppFactory(path).call(store)


async def _entered(made: object, stack: AsyncExitStack) -> object:
    """What a context manager, a generator or a coroutine gives; its end is left to the stack."""
    if isinstance(made, AsyncGenerator):
        return await stack.enter_async_context(asynccontextmanager(partial(_same, made))())
    if isinstance(made, Generator):
        return stack.enter_context(contextmanager(partial(_same, made))())
    if isinstance(made, AbstractAsyncContextManager):
        return await stack.enter_async_context(made)
    if isinstance(made, AbstractContextManager):
        return stack.enter_context(made)
    assert isinstance(made, Awaitable)
    given: object = await made
    is_manager = isinstance(given, AbstractAsyncContextManager | AbstractContextManager)
    return await _entered(given, stack) if is_manager else given


def _same(made: T) -> T:
    return made


@contextmanager
def _told(path: str, hint: str) -> Iterator[None]:
    """Raise whatever an app raises as `AssistantNotLoaded`."""
    try:
        yield
    except AssistantNotLoaded:
        raise
    except Exception as error:
        raise AssistantNotLoaded(
            f"ASSISTANT={path!r} could not be loaded: {type(error).__name__}: {error}. {hint}"
        ) from error
