"""Attachments, for an assistant: their bytes and text, and the part that a model gets.

A file whose bytes are gone, or that is too large for one request, is named and not shown. No
attachment makes a turn fail.
"""

import base64
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from chatkit.types import Attachment, ThreadItem, UserMessageItem
from openai.types.responses import (
    ResponseInputContentParam,
    ResponseInputFileParam,
    ResponseInputImageParam,
)
from turnstream.errors import NotFound
from turnstream.files.blobs import Blobs, attachment_key, text_key
from turnstream.settings import Settings

from turnstream_worker.api.markup import ATTACHMENT, tagged
from turnstream_worker.models import ModelSettings

LONGEST_TEXT = 100_000
"""Characters of one document that a model reads: about 25,000 tokens."""
ALL_TEXT = 200_000
"""Characters of all documents in one request, the newest first."""
_PDF = "application/pdf"
_FACTS = ("width", "height", "pages")
"""Fields of an attachment's metadata that the model is told."""


@cache
def _blobs() -> Blobs:
    return Blobs(Settings().blobs_url)


async def attachment_bytes(attachment: Attachment) -> bytes | None:
    """The bytes of an attachment; None when they are gone, or kept by the app itself.

    Raises `Unavailable` when the storage does not answer: the turn is tried again.
    """
    key = attachment_key(attachment.id, attachment.metadata)
    return await _found(key) if key else None


async def attachment_text(attachment: Attachment) -> str | None:
    """The text of a text file in any encoding, or of a PDF; None for anything else."""
    key = attachment_key(attachment.id, attachment.metadata)
    if key is None or _is_image(attachment):
        return None
    extracted = attachment.mime_type == _PDF or "encoding" in (attachment.metadata or {})
    found = await _found(text_key(key) if extracted else key)
    return None if found is None else found.decode(errors="replace")


class ModelVision(NamedTuple):
    """What the model of a deployment can see."""

    images: bool = True
    documents: bool = False
    """True when it takes PDF files as they are; their text is sent otherwise."""
    limit: int = ModelSettings.model_fields["model_attachments"].default
    """Bytes of images and documents in one request."""

    @classmethod
    def of(cls, settings: ModelSettings) -> "ModelVision":
        """What these settings say. The keyless model reads text and sees nothing."""
        documents = settings.api == "responses" and not settings.keyless
        images = settings.model_images and not settings.keyless
        return cls(images, documents, settings.model_attachments)


class AttachmentBudget:
    """Decides which attachments fit into one request to a model, the newest first."""

    def __init__(self, items: Iterable[ThreadItem], sight: ModelVision) -> None:
        self._sight = sight
        self._whole = set[str]()
        self._characters = dict[str, int]()
        room, text = sight.limit, ALL_TEXT
        for attachment in _newest_first(items):
            size = int((attachment.metadata or {}).get("size", 0))
            if self._goes_whole(attachment):
                if size <= room:
                    self._whole.add(attachment.id)
                    room -= size
            elif not _is_image(attachment):
                self._characters[attachment.id] = min(text, LONGEST_TEXT)
                text -= min(text, LONGEST_TEXT, size)

    async def note(self, attachment: Attachment) -> str:
        """The tag of an attachment for the model: its name, type and size, and its text."""
        known = attachment.metadata or {}
        characters, text = self._characters.get(attachment.id, 0), None
        if characters:
            text = await attachment_text(attachment)
        facts = {name: str(known[name]) for name in _FACTS if name in known}
        size = str(known["size"]) if "size" in known else None
        named = {"name": attachment.name, "type": attachment.mime_type, "bytes": size}
        return tagged(ATTACHMENT, text or "", longest=characters, **named, **facts)

    async def part(self, attachment: Attachment) -> ResponseInputContentParam | None:
        """The image or document itself; None for an attachment that the model only reads about."""
        content = await attachment_bytes(attachment) if attachment.id in self._whole else None
        if content is None:
            return None
        url = f"data:{attachment.mime_type};base64,{base64.b64encode(content).decode()}"
        if _is_image(attachment):
            return ResponseInputImageParam(type="input_image", detail="auto", image_url=url)
        return ResponseInputFileParam(type="input_file", filename=attachment.name, file_data=url)

    def _goes_whole(self, attachment: Attachment) -> bool:
        if _is_image(attachment):
            return self._sight.images
        return self._sight.documents and attachment.mime_type == _PDF


def _is_image(attachment: Attachment) -> bool:
    return attachment.mime_type.startswith("image/")


def _newest_first(items: Iterable[ThreadItem]) -> list[Attachment]:
    messages = [item for item in items if isinstance(item, UserMessageItem)]
    return [attachment for message in reversed(messages) for attachment in message.attachments]


async def _found(key: str) -> bytes | None:
    try:
        return await _blobs().get(key)
    except NotFound:
        return None
