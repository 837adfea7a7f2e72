"""Metadata of attachments, and files that tools make."""

from typing import Protocol

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import (
    AttachmentUploaded,
    KeepFile,
    ReserveAttachment,
    ReserveFile,
    StoredAttachment,
)
from turnstream.store_client.http.transport import Transport, segment


class Attachments(Protocol):
    """Metadata of attachments, each its owner's. Somebody else's id raises `NotFound`."""

    async def save(self, owner: Owner, attachment: StoredAttachment) -> None:
        """Add or replace an attachment."""
        ...

    async def reserve(self, owner: Owner, command: ReserveAttachment) -> None:
        """Add an attachment whose bytes are about to come; twice is once. Raises `StorageFull`."""
        ...

    async def uploaded(self, owner: Owner, attachment_id: str, command: AttachmentUploaded) -> None:
        """Record that the bytes are kept. Raises `NotFound`, and `Unprocessable` if they were."""
        ...

    async def load(self, owner: Owner, attachment_id: str) -> bytes:
        """An attachment in full. Raises `NotFound`."""
        ...

    async def delete(self, owner: Owner, attachment_id: str) -> None:
        """Forget an attachment. Raises `NotFound`."""
        ...


class Files(Protocol):
    """Bytes that tools make, each file its owner's."""

    async def reserve(self, owner: Owner, command: ReserveFile) -> None:
        """Make room for bytes that are about to come. Raises `StorageFull`."""
        ...

    async def keep(self, owner: Owner, key: str, command: KeepFile) -> None:
        """Record that the bytes are there. Raises `NotFound` when the thread is gone."""
        ...


class HttpAttachments(Attachments):
    """Attachments over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def save(self, owner: Owner, attachment: StoredAttachment) -> None:
        await self._send("PUT", "/attachments", attachment, owner=owner)

    async def reserve(self, owner: Owner, command: ReserveAttachment) -> None:
        await self._send("POST", "/attachments", command, owner=owner)

    async def uploaded(self, owner: Owner, attachment_id: str, command: AttachmentUploaded) -> None:
        path = f"/attachments/{segment(attachment_id)}/uploaded"
        await self._send("POST", path, command, owner=owner)

    async def load(self, owner: Owner, attachment_id: str) -> bytes:
        path = f"/attachments/{segment(attachment_id)}"
        return await self._send("GET", path, owner=owner)

    async def delete(self, owner: Owner, attachment_id: str) -> None:
        path = f"/attachments/{segment(attachment_id)}"
        await self._send("DELETE", path, owner=owner)


class HttpFiles(Files):
    """Files over HTTP."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def reserve(self, owner: Owner, command: ReserveFile) -> None:
        await self._send("POST", "/files", command, owner=owner)

    async def keep(self, owner: Owner, key: str, command: KeepFile) -> None:
        await self._send("POST", f"/files/{segment(key)}/keep", command, owner=owner)
