"""A session of the Agents SDK behind another object that takes its calls.

The SDK looks at a session's class, at the parameters of its methods and at methods that its
protocol does not name. The proxy shows it all of that as the session has it.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast

from agents.items import TResponseInputItem
from agents.memory import Session

Items = list[TResponseInputItem]


class SessionCalls(Protocol):
    """Takes the calls of a session. `options` are what else the SDK passes to its methods."""

    async def get_items(self, limit: int | None = None, **options: object) -> Items:
        """The newest items, oldest first; all of them without a limit."""
        ...

    async def add_items(self, items: Items, **options: object) -> None:
        """Append items."""
        ...

    async def pop_item(self, **options: object) -> TResponseInputItem | None:
        """Remove and return the newest item."""
        ...

    async def clear_session(self, **options: object) -> None:
        """Remove all items."""
        ...

    async def run_compaction(self, args: object = None, **options: object) -> None:
        """Replace the items by fewer; only some sessions have this."""
        ...


_CALLS = ("get_items", "add_items", "pop_item", "clear_session", "run_compaction")


class _SessionProxy:
    def __init__(self, session: Session, calls: SessionCalls) -> None:
        taken = {
            name: wraps(getattr(session, name))(_with_signature_of(getattr(calls, name)))
            for name in _CALLS
            if hasattr(session, name)
        }
        vars(self).update(taken, session=session)

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["session"], name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(vars(self)["session"], name, value)

    @property  # type: ignore[misc]  # a proxy shows the class behind it
    def __class__(self) -> Any:
        return type(vars(self)["session"])


def proxy_of(session: Session, calls: SessionCalls) -> Session:
    """The session, with `calls` in front of it."""
    return cast(Session, _SessionProxy(session, calls))


async def called(method: Callable[..., Any], *args: object, **options: object) -> Any:
    """What a session's method gives. As the SDK has it, a plain one may give it at once."""
    given = method(*args, **options)
    return await given if inspect.isawaitable(given) else given


def _with_signature_of(method: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: object, **options: object) -> Any:
        return await method(*args, **options)

    return call
