"""The apps that a deployment names: loaded from their factories, started and stopped."""

import asyncio
import importlib
import inspect
import traceback
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
)
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from chatkit.server import ChatKitServer
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from turnstream.settings import ConfigurationError
from turnstream.telemetry import get_logger

from turnstream_worker.assistant import Assistant, Assistants
from turnstream_worker.thread.chatkit_store import TurnStore

log = get_logger(__name__)

T = TypeVar("T")

START_TIMEOUT = timedelta(minutes=5)
"""How long an app may take to start: it may load an index or a model."""
STOP_TIMEOUT = timedelta(seconds=10)
"""How long an app may take to stop. A container gets 30 s in all, and turns come first."""

_LATER = (Awaitable, AsyncGenerator, Generator, AbstractAsyncContextManager, AbstractContextManager)
"""What a factory may give that becomes a server at the start of the worker."""


class AssistantNotLoaded(ConfigurationError):
    """The factory cannot be used. The message says why and what to do."""


class _PlaceholderServer(ChatKitServer[Any]):
    """Stands in for the server of an app that starts with its worker. Nothing calls it."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: object
    ) -> AsyncIterator[ThreadStreamEvent]:
        """Part of the server."""
        raise RuntimeError("the app has not been started")
        yield


class LoadedApp:
    """What a factory made: a server, or what becomes one when the worker starts.

    `named` says how a deployment names it, for the operator who reads `AssistantNotLoaded`.
    """

    def __init__(self, path: str, named: str, made: object, store: TurnStore) -> None:
        self.path = path
        """`module:factory`."""
        self.named = named
        self._made = made
        self.assistant = Assistant(_PlaceholderServer(store), store)
        """The app; its server and its context are there once it has started."""
        if not self.starts_later:
            self._take(made)

    @property
    def package(self) -> str:
        """The package that the factory's module is in."""
        return self.path.partition(":")[0].partition(".")[0]

    @property
    def starts_later(self) -> bool:
        """True for a coroutine and for a context manager: both need a running event loop."""
        return isinstance(self._made, _LATER) and not isinstance(self._made, ChatKitServer)

    @asynccontextmanager
    async def running(self, stop_timeout: timedelta = STOP_TIMEOUT) -> AsyncIterator[None]:
        """Start the app, and stop it at the end of the block, within `stop_timeout`."""
        async with AsyncExitStack() as stack:
            if self.starts_later:
                with _as_failures_of(
                    self.named, "It was started as it is at the start of a worker."
                ):
                    async with asyncio.timeout(START_TIMEOUT.total_seconds()):
                        self._take(await _entered(self._made, stack))
            yield
            try:
                async with asyncio.timeout(stop_timeout.total_seconds()):
                    await stack.aclose()
            except Exception:  # whatever an app raises: its worker ends all the same
                log.exception("the app failed to stop", assistant=self.path)

    def discard(self) -> None:
        """Forget what was never started, so that nothing warns of it."""
        if inspect.iscoroutine(self._made):
            self._made.close()

    def _take(self, made: object) -> None:
        """Take what the factory made in the end: a server, or a server and a context."""
        server, context = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
        if not isinstance(server, ChatKitServer):
            raise AssistantNotLoaded(
                f"{self.named} made a {type(server).__name__}, not a ChatKitServer."
            )
        if context is not None and not callable(context):
            raise AssistantNotLoaded(
                f"{self.named} made a {type(context).__name__} for its context, not a "
                "function of one RequestContext."
            )
        self.assistant.server, self.assistant.context = server, context


class LoadedApps:
    """The apps of a worker: that of `ASSISTANT`, then those of `WORKFLOWS`.

    A factory that several of them name is called once. Raises `AssistantNotLoaded` for one that
    can't be loaded.
    """

    def __init__(self, assistant: str, workflows: Mapping[str, str], store: TurnStore) -> None:
        named = {assistant: f"ASSISTANT={assistant!r}"}
        for workflow, path in workflows.items():
            named.setdefault(path, f"WORKFLOWS: {workflow}={path!r}")
        self._apps: dict[str, LoadedApp] = {}
        try:
            for path, name in named.items():
                self._apps[path] = load_assistant(path, store, name)
        except AssistantNotLoaded:
            for each in self._apps.values():
                each.discard()
            raise
        others = {workflow: self._apps[path].assistant for workflow, path in workflows.items()}
        self.assistants = Assistants(self._apps[assistant].assistant, others)
        """What answers; each is there once it has started."""

    def __iter__(self) -> Iterator[LoadedApp]:
        return iter(self._apps.values())

    @asynccontextmanager
    async def running(self, check: Callable[[LoadedApp], None]) -> AsyncIterator[None]:
        """Start them in order and check each; stop them in reverse, all within `STOP_TIMEOUT`.

        Raises `AssistantNotLoaded` for one that can't be started, and what `check` raises. Those
        that were started before it are stopped then.
        """
        async with AsyncExitStack() as stack:
            for each in self:
                await stack.enter_async_context(each.running(STOP_TIMEOUT / len(self._apps)))
                if each.starts_later:
                    check(each)
            yield


def load_assistant(path: str, store: TurnStore, named: str = "") -> LoadedApp:
    """Import `module:factory` and call it with the store. Raises `AssistantNotLoaded`."""
    named = named or f"ASSISTANT={path!r}"
    module_name, _, factory_name = path.partition(":")
    if not module_name or not factory_name:
        raise AssistantNotLoaded(f"{named} is not of the form module:factory.")
    with _as_failures_of(named, "Is the module on PYTHONPATH?", ModuleNotFoundError):
        factory = getattr(importlib.import_module(module_name), factory_name)
    with _as_failures_of(named, "Does the factory take one store?"):
        made = factory(store)
    return LoadedApp(path, named, made, store)


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
def _as_failures_of(named: str, hint: str, of: type[Exception] = Exception) -> Iterator[None]:
    """Raise whatever an app raises as `AssistantNotLoaded`, with a hint for errors of one type."""
    try:
        yield
    except AssistantNotLoaded:
        raise
    except Exception as error:
        failure = f"{named} could not be loaded: {type(error).__name__}: {error}{_location(error)}."
        raise AssistantNotLoaded(
            f"{failure} {hint}" if isinstance(error, of) else failure
        ) from error


def _location(error: Exception) -> str:
    """Where an error comes from, in the words of a `SyntaxError`, which says so itself."""
    frames = [
        each
        for each in traceback.extract_tb(error.__traceback__)
        if each.filename not in (__file__, importlib.__file__) and "<frozen" not in each.filename
    ]
    if not frames or isinstance(error, SyntaxError):
        return ""
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
