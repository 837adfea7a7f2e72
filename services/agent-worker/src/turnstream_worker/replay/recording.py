"""Records what a tool shows while it runs, so that it can be shown again."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from chatkit.types import ThreadStreamEvent

_shown: ContextVar[list[ThreadStreamEvent] | None] = ContextVar("shown_events", default=None)


@contextmanager
def recording() -> Iterator[list[ThreadStreamEvent]]:
    """Collect the events that code inside, and tasks it starts, streams to the user."""
    shown: list[ThreadStreamEvent] = []
    token = _shown.set(shown)
    try:
        yield shown
    finally:
        _shown.reset(token)


def record_shown(event: ThreadStreamEvent) -> None:
    """Add an event to the recording of the code that streams it, if there is one."""
    shown = _shown.get()
    if shown is not None:
        shown.append(event.model_copy(deep=True))
