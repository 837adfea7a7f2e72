"""What the pump keeps as unfinished is what viewers have not been shown to the end."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadStreamEvent,
)
from turnstream.redis.client import command_client
from turnstream.redis.event_log import EventLog
from turnstream.redis.log_servers import one_server
from turnstream.testing import MemoryStore
from turnstream_worker.assistant import Assistant
from turnstream_worker.output.event_output import EventOutput
from turnstream_worker.output.log_writer import LogTooLarge, LogWriter
from turnstream_worker.settings import WorkerSettings
from turnstream_worker.thread.chatkit_store import TurnStore
from turnstream_worker.turns.pump import EventPump

from tests.unit.worker.attempts import an_attempt, let_run

TEXT = "x" * 1500
LIMIT = 2500
"""Room for the text as it streams, but not for the same text in the finished item."""


class Talker(ChatKitServer[Any]):
    """Says one long thing."""

    async def respond(self, *_: Any) -> AsyncIterator[ThreadStreamEvent]:
        said = AssistantMessageContentPartTextDelta(content_index=0, delta=TEXT)
        yield ThreadItemAddedEvent(item=_message())
        yield ThreadItemUpdatedEvent(item_id="msg_1", update=said)
        yield ThreadItemDoneEvent(item=_message(AssistantMessageContent(text=TEXT)))


def _message(*content: AssistantMessageContent) -> AssistantMessageItem:
    return AssistantMessageItem(
        id="msg_1", thread_id="thr_1", created_at=datetime(2027, 1, 1), content=list(content)
    )


async def test_an_item_whose_end_was_not_shown_is_still_unfinished() -> None:
    """The end of the turn shows it then: else it would stay open for anyone who watched it."""
    attempt = an_attempt(request={"type": "threads.create"})
    client = MemoryStore()
    await let_run(client)
    store = TurnStore(client)
    thread = store.open(attempt)
    log = EventLog(one_server(command_client("redis://127.0.0.1:1")))
    writer = LogWriter(log, attempt, thread.writes, WorkerSettings(log_limit=LIMIT))
    output = EventOutput(thread, writer)
    pump = EventPump(Assistant(Talker(store), store), output, attempt.claimed)

    with pytest.raises(LogTooLarge):
        await pump.run()

    (unfinished,) = output.open_items()
    assert unfinished["content"][0]["text"] == TEXT
    await thread.writes.committed()
