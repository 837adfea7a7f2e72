"""Images that tools make: bytes in the blob store, and a reference that becomes a link."""

from datetime import timedelta

from turnstream.contracts.store_api import KeepFile, ReserveFile
from turnstream.errors import Unsupported
from turnstream.files.blobs import Blobs
from turnstream.files.links import Links
from turnstream.store_client.attachments import Files

from turnstream_tools.settings import ToolsSettings


class Images:
    """Keeps PNGs. Raises `Unsupported` where no files are kept."""

    def __init__(self, files: Files, settings: ToolsSettings) -> None:
        if settings.url_signing_key is None:
            raise Unsupported("This deployment keeps no images: URL_SIGNING_KEY is not set.")
        self._files = files
        self._blobs = Blobs(settings.blobs_url)
        # A gateway makes the links. This makes references, which do not expire.
        self._links = Links(settings.url_signing_key, lifetime=timedelta(0))

    async def keep(self, owner: str, thread_id: str, image_id: str, png: bytes) -> str:
        """Keep an image as long as its thread. Returns the reference for the URL of an item.

        Safe to repeat. The row is written before the bytes, so the sweeper knows of every file.
        Raises `StorageFull`, and `NotFound` when the thread is gone.
        """
        key = f"{image_id}.png"
        await self._files.reserve(owner, ReserveFile(key=key, size=len(png)))
        await self._blobs.put(key, png)
        await self._files.keep(owner, key, KeepFile(thread_id=thread_id))
        return self._links.reference(owner, key)
