"""Threads that come from elsewhere, as an operator's command gives them to the store."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from turnstream.contracts.store_api import FileKey, StoredAttachment, StoredItem
from turnstream.contracts.text import StorableText
from turnstream.contracts.turns import Contract

IMPORT_ITEMS = 20_000
"""Items of a thread, twice `MAX_ITEMS_PER_THREAD`: one that is full elsewhere comes whole."""
IMPORT_BYTES = 32 * 1024 * 1024
"""Bytes of a thread's items. A store holds one import in memory, beside everything else."""
_Id = Annotated[str, Field(min_length=1, max_length=200)]


class ImportedStatus(Contract):
    """Whether a thread takes messages."""

    type: Literal["active", "locked", "closed"] = "active"
    reason: StorableText | None = None


class ImportedAttachment(Contract):
    """An attachment of a message, and its bytes if they are kept."""

    attachment: StoredAttachment
    file_key: FileKey | None = None
    """The bytes are there: `imports.file` was told of them before."""


class ImportThread(Contract):
    """Command of an operator: a thread that was begun elsewhere, whole."""

    thread_id: _Id
    created_at: AwareDatetime
    title: StorableText | None = None
    status: ImportedStatus = ImportedStatus()
    items: Annotated[list[StoredItem], Field(max_length=IMPORT_ITEMS)]
    """The items in their order, each id once."""
    attachments: Annotated[list[ImportedAttachment], Field(max_length=IMPORT_ITEMS)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _bounded(self) -> "ImportThread":
        if len({item.item_id for item in self.items}) < len(self.items):
            raise ValueError("an item comes twice")
        if sum(len(item.payload) for item in self.items) > IMPORT_BYTES:
            raise ValueError(f"the items of a thread hold more than {IMPORT_BYTES} bytes")
        return self


class ImportOutcome(StrEnum):
    """What an import did."""

    IMPORTED = "imported"
    EXTENDED = "extended"
    """The thread was here, and items were added after those that it had."""
    UNCHANGED = "unchanged"


class ThreadImported(Contract):
    """The answer to an import."""

    outcome: ImportOutcome
    items: int
    """How many were added."""


class FileRequirement(Contract):
    """Whether the bytes of a file are to be sent."""

    wanted: bool
