"""The assistants of a worker: each the server of an app, and which of them answers a request."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from chatkit.server import ChatKitServer
from turnstream.contracts.turns import RequestContext
from turnstream.errors import WorkflowNotFound

from turnstream_worker.thread.chatkit_store import TurnStore

DEPLOYING = timedelta(seconds=5)
"""Until the next attempt at a turn of an unknown workflow. With three attempts a new worker has ten
seconds to start, and a user whose assistant was taken away waits no longer."""

ContextFactory = Callable[[RequestContext], object]
"""An app's `context(request)`: plain or async."""


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


@dataclass(frozen=True)
class Assistants:
    """All assistants of a worker. They share one store, which knows whose each call is."""

    default: Assistant
    """The one that `ASSISTANT` names."""
    workflows: Mapping[str, Assistant] = field(default_factory=dict)
    """Those that `WORKFLOWS` names, by workflow."""

    @property
    def store(self) -> TurnStore:
        """The store that each of them was given."""
        return self.default.store

    def of(self, request: RequestContext) -> Assistant:
        """The assistant for a request: that of its workflow, or the default one.

        The request decides, and not the thread: one that was begun under a workflow goes on with
        the default assistant where its user comes without one.

        Gateways refuse a workflow that they do not know. One that only this worker does not know is
        of another version: its deployment is under way, or a tenant's setting names what was taken
        away. Then the assistant that this returns raises `WorkflowNotFound` in place of a context,
        before any code of an app runs. No other assistant answers instead: it may have other tools
        and other data. A turn that fails so goes back to the queue for a while, in which a worker
        of the newer version can take it. It is bounded like any other by its attempts, so that its
        user learns of a name that nobody knows any more.
        """
        workflow = request.workflow
        if workflow is None or not self.workflows:
            return self.default
        known = self.workflows.get(workflow)
        return known or Assistant(self.default.server, self.store, _refuse)


def _refuse(request: RequestContext) -> object:
    reason = f"This worker has no workflow {request.workflow!r}."
    raise WorkflowNotFound(reason, retry_after=DEPLOYING.total_seconds())
