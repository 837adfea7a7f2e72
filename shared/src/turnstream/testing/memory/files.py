"""Attachments and files in memory: what is known of them, never their bytes."""

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import (
    AttachmentUploaded,
    KeepFile,
    ReserveAttachment,
    ReserveFile,
    StoredAttachment,
)
from turnstream.errors import NotFound, StorageFull, Unprocessable
from turnstream.store_client.files import Attachments, Files
from turnstream.testing.memory.records import Attachment, File
from turnstream.testing.memory.state import State


class MemoryAttachments(Attachments):
    """Attachments by id."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def save(self, owner: Owner, attachment: StoredAttachment) -> None:
        new = Attachment(owner, attachment.payload, attachment.public)
        known = self._state.attachments.setdefault(attachment.attachment_id, new)
        if known.owner != owner:  # an id can't be taken over
            raise NotFound(f"There is no attachment {attachment.attachment_id}.")
        known.payload, known.public = attachment.payload, attachment.public

    async def reserve(self, owner: Owner, command: ReserveAttachment) -> None:
        known = self._state.attachments.get(command.attachment.attachment_id)
        if known is not None and known.owner == owner:
            return
        _check_room(self._state, owner, command.size)
        await self.save(owner, command.attachment)
        self._state.files[command.file_key] = File(owner, command.size)
        self._state.attachments[command.attachment.attachment_id].file_key = command.file_key

    async def uploaded(self, owner: Owner, attachment_id: str, command: AttachmentUploaded) -> None:
        attachment = self._load(owner, attachment_id)
        if attachment.file_key is None:
            raise NotFound(f"There is no attachment {attachment_id}.")
        file = self._state.files[attachment.file_key]
        if file.uploaded:
            raise Unprocessable(f"Attachment {attachment_id} has been uploaded already.")
        file.uploaded, file.size = True, command.size
        attachment.payload, attachment.public = command.payload, command.public

    async def load(self, owner: Owner, attachment_id: str) -> bytes:
        return self._load(owner, attachment_id).payload.encode()

    async def delete(self, owner: Owner, attachment_id: str) -> None:
        attachment = self._load(owner, attachment_id)
        del self._state.attachments[attachment_id]
        if attachment.file_key is not None:
            del self._state.files[attachment.file_key]

    def _load(self, owner: Owner, attachment_id: str) -> Attachment:
        attachment = self._state.attachments.get(attachment_id)
        if attachment is None or attachment.owner != owner:
            raise NotFound(f"There is no attachment {attachment_id}.")
        return attachment


class MemoryFiles(Files):
    """Files by key."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def reserve(self, owner: Owner, command: ReserveFile) -> None:
        _check_room(self._state, owner, command.size)
        file = self._state.files.setdefault(command.key, File(owner, command.size))
        if file.owner != owner:
            raise NotFound(f"There is no file {command.key}.")
        file.size = command.size

    async def keep(self, owner: Owner, key: str, command: KeepFile) -> None:
        file = self._state.files.get(key)
        self._state.thread(owner, command.thread_id)
        if file is None or file.owner != owner:
            raise NotFound(f"There is no file {key}.")
        file.uploaded, file.thread_id = True, command.thread_id


def _check_room(state: State, owner: Owner, size: int) -> None:
    """Raise `StorageFull` when the owner keeps too much already."""
    limits = state.limits_of(owner.tenant)
    mine = [file for file in state.files.values() if file.owner == owner]
    unsent = sum(file.thread_id is None for file in mine)
    if unsent >= limits.max_unsent_files:
        raise StorageFull(f"{unsent} uploads have not been sent yet; send or remove some.")
    if sum(file.size for file in mine) + size > limits.storage_per_user:
        raise StorageFull(f"One user may keep {limits.storage_per_user} bytes of files.")
