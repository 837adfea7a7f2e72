"""What a client shows, as plain properties for assertions."""

from typing import Any

from turnstream.conformance.grammar import ItemStatus

from .turn_stream import TurnStream
from .view import Received, View

Json = dict[str, Any]


class Showing:
    """Reads the view and the streams of a client."""

    def __init__(self) -> None:
        self.view = View()
        self.streams: list[TurnStream] = []

    @property
    def thread(self) -> Json | None:
        return self.view.transcript.thread

    @property
    def thread_id(self) -> str | None:
        return self.view.thread_id

    @property
    def shown(self) -> str:
        """The id of the thread that is shown; an `AssertionError` when none is."""
        assert self.view.thread_id is not None, "no thread is shown"
        return self.view.thread_id

    @property
    def title(self) -> str | None:
        """The title of the thread that is shown."""
        return (self.view.transcript.thread or {}).get("title")

    @property
    def turn_id(self) -> str | None:
        """The turn followed last."""
        return self.view.turn_id

    @property
    def position(self) -> str | None:
        """The last SSE id received of the present turn."""
        return self.view.position

    @property
    def items(self) -> dict[str, Json]:
        return self.view.transcript.items

    @property
    def status(self) -> dict[str, ItemStatus]:
        """`in_progress` or `done`, by item id."""
        return self.view.transcript.status

    @property
    def events(self) -> list[Received]:
        """Every data event of every stream in order, restarts not taken back."""
        return self.view.events

    @property
    def progress(self) -> list[Json]:
        return self.view.transcript.progress

    @property
    def effects(self) -> list[Json]:
        return self.view.transcript.effects

    @property
    def notices(self) -> list[Json]:
        return self.view.transcript.notices

    @property
    def errors(self) -> list[Json]:
        return self.view.transcript.errors

    @property
    def complaints(self) -> list[str]:
        """Events a UI could not have applied, or that came out of order; empty when all is well."""
        return self.view.transcript.complaints

    @property
    def comments(self) -> list[str]:
        return [comment for stream in self.streams for comment in stream.comments]

    @property
    def ended(self) -> str | None:
        """The status in which the last stream saw its turn end, None if it has not."""
        return self.streams[-1].ended if self.streams else None

    @property
    def text(self) -> str:
        """Everything the assistant wrote in the thread, one line per item."""
        return self.view.transcript.text()

    def items_of_type(self, kind: str) -> list[Json]:
        return [item for item in self.items.values() if item["type"] == kind]
