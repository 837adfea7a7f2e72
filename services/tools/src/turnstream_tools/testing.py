"""Tools in the process of a test: called as a worker calls them, with the store's ledger."""

from collections.abc import Callable
from datetime import timedelta
from secrets import token_urlsafe

from pydantic import SecretStr
from turnstream.contracts.tools import AttachTool, CallTool, ToolCallFinished, ToolEventEmitted
from turnstream.redis.client import command_client
from turnstream.store_client import StoreClient

from turnstream_tools.calls.executor import Executor
from turnstream_tools.calls.replies import Replies
from turnstream_tools.catalogue import build_catalogue
from turnstream_tools.context import Resources
from turnstream_tools.registry import Registry, load_tools
from turnstream_tools.settings import ToolsSettings

Hear = Callable[[ToolEventEmitted | ToolCallFinished], None]

_NOWHERE = "redis://127.0.0.1:1"
"""A tool that uses `call.redis` fails in a test as it does while Redis is away."""


class LocalTools:
    """The tools that `TOOLS` would name. `hear` gets what they reply."""

    def __init__(self, names: str, store: StoreClient, hear: Hear) -> None:
        settings = ToolsSettings(
            instance="tools-test",
            internal_key=SecretStr(token_urlsafe()),  # nobody asks for it here
            redis_url=_NOWHERE,
            drain=timedelta(0),
        )
        registry = Registry(load_tools(names))
        self.catalogue = build_catalogue(registry)
        self._resources = Resources(store, command_client(_NOWHERE), settings)
        replies = _HeardReplies(hear)
        self._executor = Executor(registry, store.tool_calls, replies, self._resources)

    async def call(self, command: CallTool) -> None:
        """Answer a call. Its replies come while it runs, and the result is the last."""
        await self._executor.accept(command)

    def cancel(self, key: str) -> None:
        """Stop a call."""
        self._executor.cancel(key)

    async def aclose(self) -> None:
        """Stop what still runs, and close what tools have opened."""
        await self._executor.drain()
        await self._resources.aclose()


class _HeardReplies(Replies):
    def __init__(self, hear: Hear) -> None:
        self._hear = hear

    async def send(self, reply_to: str, message: ToolEventEmitted | ToolCallFinished) -> None:
        self._hear(message)

    async def ask_to_attach(self, command: AttachTool) -> None:
        """There is no other service that could run it."""
