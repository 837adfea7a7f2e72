"""What became of a turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from turnstream.contracts.turns import Json, RequiredAction, TurnError, TurnStatus
from turnstream.prose import Prose


@dataclass(frozen=True)
class LocalTurn:
    """A turn that has ended."""

    id: str
    thread_id: str
    status: TurnStatus
    error: TurnError | None
    """Why it failed, as an operator sees it."""
    events: Sequence[Json]
    """What a page was sent, from the user's message on."""
    items: Sequence[Json]
    """What the turn added to its thread, as a page sees it, the user's message among it."""
    thread: Json
    """The thread without its items."""
    required_actions: Sequence[RequiredAction]
    """What the page must do next."""

    @property
    def text(self) -> str:
        """What the assistant said."""
        messages = self.of_type("assistant_message")
        return "\n\n".join("".join(p["text"] for p in each["content"]) for each in messages)

    @property
    def progress(self) -> list[str]:
        """What the turn and its tools reported while they worked."""
        return [each["text"] for each in self.events if each["type"] == "progress_update"]

    @property
    def prose(self) -> str:
        """The turn as somebody reads it in a terminal."""
        prose = Prose()
        return "".join(piece.text for event in self.events for piece in prose.tell(event))

    def of_type(self, kind: str) -> list[Json]:
        """The items of a type, such as `widget`, oldest first."""
        return [each for each in self.items if each["type"] == kind]
