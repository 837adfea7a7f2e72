"""What a scene is, and how it is found by its name."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatkit.store import Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
)

Events = AsyncIterator[ThreadStreamEvent]
Scene = Callable[["Turn"], Events]

SCENES: dict[str, Scene] = {}


@dataclass(frozen=True)
class Turn:
    """What a scene has to work with; `words` is what the user said behind the scene's name."""

    store: Store[Any]
    thread: ThreadMetadata
    message: UserMessageItem | None
    context: Any
    words: str = ""

    def head(self, kind: Any = "message") -> dict[str, Any]:
        """The fields that every new item has."""
        return {
            "id": self.store.generate_item_id(kind, self.thread, self.context),
            "thread_id": self.thread.id,
            "created_at": datetime.now(),
        }

    def says(self, text: str) -> ThreadItemDoneEvent:
        """A whole message at once."""
        content = [AssistantMessageContent(text=text)] if text else []
        return ThreadItemDoneEvent(item=AssistantMessageItem(**self.head(), content=content))


def scene(name: str) -> Callable[[Scene], Scene]:
    """Put a scene on the programme."""

    def register(play: Scene) -> Scene:
        SCENES[name] = play
        return play

    return register


def find(text: str) -> tuple[Scene, str]:
    """The scene that a text asks for, `name` or `name: words`, and the words."""
    name, _, words = text.partition(":")
    return SCENES.get(name.strip(), SCENES["hello"]), words.strip()
