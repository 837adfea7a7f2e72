"""The worker's toolbox, with the tools in the same process."""

import importlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from turnstream.contracts.tools import CallTool
from turnstream.redis.broker import build_broker
from turnstream.settings import ConfigurationError
from turnstream.store_client import StoreClient

from turnstream_worker.settings import WorkerSettings
from turnstream_worker.tools.toolbox import Toolbox

_LONG = timedelta(minutes=10)
"""Longer than any tool takes. Nothing is lost on the way, so nothing is sent again."""


class LocalToolbox(Toolbox):
    """Calls the tools that `TOOLS` would name, without Redis. Raises `ConfigurationError`.

    `before` is told of each call, and may raise: then it is not made.
    """

    def __init__(
        self,
        names: str,
        store: StoreClient,
        settings: WorkerSettings,
        *,
        before: Callable[[CallTool], None] | None = None,
    ) -> None:
        super().__init__(build_broker(settings), "replies", _LONG, _LONG)
        self._before = before
        self._tools: Any = None
        if names:
            self._tools = _local_tools(names, store, self.deliver)
            self.catalogue = self._tools.catalogue

    async def aclose(self) -> None:
        """Stop what still runs."""
        if self._tools is not None:
            await self._tools.aclose()

    async def _ask(self, command: CallTool) -> None:
        if self._before is not None:
            self._before(command)
        await self._tools.call(command)

    async def _cancel(self, key: str) -> None:
        self._tools.cancel(key)


def _local_tools(names: str, store: StoreClient, hear: object) -> Any:
    try:  # by name: services never import each other, and a test of an app has both
        testing = importlib.import_module("turnstream_tools.testing")
    except ModuleNotFoundError as error:
        raise ConfigurationError("Install turnstream-tools to run an app's tools.") from error
    return testing.LocalTools(names, store, hear)
