"""The app of tests/dialects with a message that makes it record too much, for
test_limits_in_a_turn.py.
"""

from collections.abc import AsyncIterator
from typing import Any

from chatkit.store import Store
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from turnstream.steps import STEP_LIMIT, run_step

from tests.dialects.assistant import Effects
from tests.e2e.apps.dialects_assistant import BothApis

BIG_STEP = "big step"


class Limited(BothApis):
    """Begins to answer, and then records a step that is too large, where it is asked to."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Any
    ) -> AsyncIterator[ThreadStreamEvent]:
        async for event in super().respond(thread, input_user_message, context):
            yield event
        if BIG_STEP in str(input_user_message):
            await run_step("big", lambda: "x" * STEP_LIMIT)


def create(store: Store[Any]) -> Limited:
    return Limited(store, None, Effects())
