"""An attachment store for two-phase uploads; it keeps no bytes."""

from typing import Any

from chatkit.store import AttachmentStore
from chatkit.types import (
    Attachment,
    AttachmentCreateParams,
    AttachmentUploadDescriptor,
    FileAttachment,
    ImageAttachment,
)
from pydantic import AnyUrl

UPLOADS = "https://uploads.example.com"


class ScriptedAttachments(AttachmentStore[Any]):
    """Describes uploads; refuses files that are called `refused`."""

    async def create_attachment(self, input: AttachmentCreateParams, context: Any) -> Attachment:
        if input.name == "refused":
            raise ValueError("refused")
        common: dict[str, Any] = {
            "id": self.generate_attachment_id(input.mime_type, context),
            "name": input.name,
            "mime_type": input.mime_type,
            "upload_descriptor": AttachmentUploadDescriptor(
                url=AnyUrl(f"{UPLOADS}/{input.name}"), method="PUT", headers={"X-Size": "1"}
            ),
            "metadata": {"size": input.size, "secret": "key"},
        }
        if input.mime_type.startswith("image/"):
            preview = AnyUrl(f"{UPLOADS}/{input.name}/small")
            return ImageAttachment(**common, preview_url=preview)
        return FileAttachment(**common)

    async def delete_attachment(self, attachment_id: str, context: Any) -> None:
        return None
