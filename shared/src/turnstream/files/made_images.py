"""Images that tools make: bytes in the blob store, and a reference that becomes a link."""

from datetime import timedelta

from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import KeepFile, ReserveFile
from turnstream.errors import Unsupported
from turnstream.files.blobs import ENDINGS, Blobs
from turnstream.files.links import Links
from turnstream.settings import Settings
from turnstream.store_client.files import Files


class MadeImages:
    """Keeps images. Raises `Unsupported` where no files are kept."""

    def __init__(self, files: Files, settings: Settings) -> None:
        if settings.url_signing_key is None:
            raise Unsupported("This deployment keeps no images: URL_SIGNING_KEY is not set.")
        self._files = files
        self._blobs = Blobs(settings.blobs_url)
        # A gateway makes the links. This makes references, which do not expire.
        self._links = Links(settings.url_signing_key, lifetime=timedelta(0))

    async def keep(
        self,
        owner: Owner,
        thread_id: str,
        image_id: str,
        content: bytes,
        media_type: str = "image/png",
    ) -> str:
        """Keep an image as long as its thread. Returns the reference for the URL of an item.

        Safe to repeat. The row is written before the bytes, so the sweeper knows of every file.
        Raises `StorageFull`, and `NotFound` when the thread is gone.
        """
        key = f"{image_id}.{ENDINGS[media_type]}"
        await self._files.reserve(owner, ReserveFile(key=key, size=len(content)))
        await self._blobs.put(key, content)
        await self._files.keep(owner, key, KeepFile(thread_id=thread_id))
        return self._links.reference(owner, key)
