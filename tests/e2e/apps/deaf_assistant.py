"""The example with a feedback hook that fails, for test_feedback.py."""

from typing import Any

from chatkit.store import Store
from chatkit.types import FeedbackKind
from turnstream_worker.assistants.example import ExampleServer


class DeafServer(ExampleServer):
    """Hears no thumb."""

    async def add_feedback(
        self, thread_id: str, item_ids: list[str], feedback: FeedbackKind, context: Any
    ) -> None:
        raise RuntimeError("as asked")


def create(store: Store[Any]) -> DeafServer:
    return DeafServer(store)
