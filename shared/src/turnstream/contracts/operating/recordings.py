"""A recording: one turn with all that decided how it went, as `turnstream record` writes it.

The file is one JSON document, UTF-8. `format` and `version` come first. A reader refuses a newer
version; a field that it does not know it ignores. What each part is for:

    turn      the request, who asked, how it ended; no headers and no keys
    thread    the thread as it was when the turn first began
    history   the items before the turn, oldest first, the newest `HISTORY_ITEMS` of them
    items     the items of the turn: the user's message (`attempt` 0), and what it added
    journal   by key what happened: answers of models, results of tools, steps of the app, and under
              `request_<key>` what a model was asked for the answer under `<key>`
    calls     what the tools service gave, by call
    log       what viewers were sent; null where the event log is gone
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from turnstream.contracts.tools import ToolResult
from turnstream.contracts.turns import Contract, Json, RequestContext, TurnError, TurnStatus

VERSION = 1
REQUEST = "request_"
"""Begins the keys of the journal under which is what a model was asked."""
HISTORY_ITEMS = 500
"""Items before the turn that a recording holds."""
LARGEST = 32 * 1024 * 1024
"""Bytes of items, journal and calls that a recording holds together."""


class RecordedItem(Contract):
    """An item of the thread."""

    item: Json
    public: Json | None = None
    """What the client may see, where that differs."""
    attempt: int | None = None
    """The attempt of the turn that stored it, and 0 for what the request brought."""


class RecordedCall(Contract):
    """A call of a tool of the tools service."""

    tool: str
    result: ToolResult | None = None
    """None where it had not ended."""


class RecordedEntry(Contract):
    """An entry of the event log."""

    position: str
    kind: str = ""
    events: list[Json]


class RecordedTurn(Contract):
    """The turn itself."""

    id: str
    thread_id: str
    kind: str
    status: TurnStatus
    attempt: int
    failures: int = 0
    accepted_at: datetime
    ended_at: datetime | None = None
    error: TurnError | None = None
    request: Json
    context: RequestContext
    opening: list[Json]
    prelude: list[Json]
    input_item_id: str | None = None


class Recording(Contract):
    """One turn, as a file."""

    format: Literal["turnstream.recording"] = "turnstream.recording"
    version: int = VERSION
    recorded_at: datetime
    redacted: list[str] = Field(default_factory=list)
    """What was taken out: `secrets`, `texts`."""
    turn: RecordedTurn
    thread: Json
    history: list[RecordedItem]
    history_cut: bool = False
    """True where older items were left out."""
    items: list[RecordedItem]
    journal: dict[str, Any]
    calls: dict[str, RecordedCall]
    log: list[RecordedEntry] | None = None
