"""Bodies of the store's HTTP API that are neither turns nor tool calls."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from turnstream.contracts.operating.usage import ModelUsage
from turnstream.contracts.owner import DEFAULT_TENANT
from turnstream.contracts.text import StorableJson, StorableText
from turnstream.contracts.turns import Contract, TurnEnd

FILE_KEY = r"^[a-z]{2,8}_[0-9a-f]{32}\.[a-z]{2,4}$"
"""A file's key is ours, never a client's file name: an id, and an ending for what the bytes are."""
FileKey = Annotated[str, Field(pattern=FILE_KEY)]


class StoredItem(Contract):
    """A thread item on its way into the store."""

    item_id: str
    type: str
    payload: str
    """The item as JSON text, kept byte for byte."""
    public: str | None = None
    """What the client may see, where that differs from `payload` (attachment metadata)."""
    seq: int | None = None
    """The sequence number of a new item in its thread; None puts it after all others. An item that
    exists keeps its number."""


class Step(Contract):
    """Something that happened in a turn and must not happen again."""

    key: str
    value: str
    """JSON text."""


class WriteAttempt(Contract):
    """Command of a worker: what its attempt did since its last such command, in one piece.

    All of it is written or nothing. Sending it again, as after a lost answer, changes nothing.
    """

    attempt: int
    steps: list[Step] = Field(default_factory=list)
    """The record for the journal; the first record of a key stays."""
    removed: list[str] = Field(default_factory=list)
    """Items to delete, before anything is saved."""
    items: list[StoredItem] = Field(default_factory=list)
    """Items to add or replace, each id once."""
    reconfirmed: list[str] = Field(default_factory=list)
    """Items that an earlier attempt stored and this one brought again: they stay as they are, also
    where somebody else changed them in the meantime."""
    usage: list[ModelUsage] = Field(default_factory=list)
    """Model calls that were bought. Each key is counted once in its turn."""
    played_back: list[str] = Field(default_factory=list)
    """Keys of counted calls whose answers this attempt played back."""
    end: TurnEnd | None = None
    """Set with the attempt's last command: the turn has reached its end."""


class ThreadPatch(Contract):
    """The fields of a thread that changed; the others stay as someone else may have set them."""

    attempt: int = 0
    fields: StorableJson
    metadata: StorableJson = Field(default_factory=dict)
    """Metadata keys that changed; None removes a key."""


class StoredAttachment(Contract):
    """An attachment's metadata; its bytes live elsewhere."""

    attachment_id: str
    payload: str
    public: str


class ReserveAttachment(Contract):
    """Command of a gateway: an attachment whose bytes are about to be kept as a file."""

    attachment: StoredAttachment
    file_key: FileKey
    size: int
    """Bytes that are to come, as far as is known."""


class AttachmentUploaded(Contract):
    """Command of a gateway: the bytes of an attachment are kept, and were inspected."""

    payload: str
    public: str
    size: int


class ReserveFile(Contract):
    """Command of a tool: bytes are about to be kept under this key. Twice is one file."""

    key: FileKey
    size: int


class KeepFile(Contract):
    """Command of a tool: the bytes are there, and belong to this thread."""

    thread_id: str


class Fact(Contract):
    """Something the user told about themselves."""

    id: str
    text: str
    status: str = "pending"
    """`pending`, `saved` or `discarded`."""
    thread_id: str | None = None
    created_at: datetime


class SaveFact(Contract):
    """Command of the `save_fact` tool. The same id twice is one fact."""

    id: str
    text: StorableText
    thread_id: str | None = None


class SendEmail(Contract):
    """Command of the `send_email` tool. The same id twice is one email."""

    id: str
    recipient: StorableText
    subject: StorableText
    body: StorableText
    thread_id: str | None = None


class Email(SendEmail):
    """An email that waits for the mailer of a deployment."""

    created_at: datetime


class OwnedEmail(Email):
    """An email as an operator sees it."""

    tenant: str = DEFAULT_TENANT
    owner: str
    """The user."""


FeedbackKind = Literal["positive", "negative"]


class GiveFeedback(Contract):
    """Command of a gateway: the user rated these items. The newest rating of an item counts."""

    item_ids: list[str]
    kind: FeedbackKind


class Feedback(Contract):
    """A user's rating of an item. It outlives the item, as when the answer is retried."""

    tenant: str = DEFAULT_TENANT
    owner: str
    """The user."""
    thread_id: str
    item_id: str
    kind: FeedbackKind
    created_at: datetime
    """When the rating was given, or last changed."""


class FeedbackPage(Contract):
    """Ratings, newest first."""

    data: list[Feedback]
    after: str | None = None
    """Names the next page; None on the last."""
