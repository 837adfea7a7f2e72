"""Bytes that come when nobody waits for them any more are not kept."""

import json
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from chatkit.types import AttachmentCreateParams
from pydantic import SecretStr
from turnstream.errors import NotFound
from turnstream.files.blobs import Blobs
from turnstream.files.links import Links
from turnstream.testing import MemoryStore
from turnstream_gateway.files.attachments import Attachments
from turnstream_gateway.files.content import Inspector
from turnstream_gateway.files.uploads import Upload
from turnstream_gateway.settings import GatewaySettings

from tests.support.turns import ANN

TEXT = b"what only ann may know"


class Slow(Blobs):
    """A storage in which something happens while the bytes come."""

    def __init__(self, url: str, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(url)
        self._meanwhile = meanwhile

    async def put(self, key: str, content: bytes | BinaryIO) -> None:
        await self._meanwhile()
        await super().put(key, content)


@pytest.mark.parametrize("end", ["erased", "deleted"])
async def test_bytes_whose_row_is_gone_are_deleted_at_once(tmp_path: Path, end: str) -> None:
    """An attachment may be sent twice at a time. The row goes with the first bytes that were
    there; the second bytes come to a key that nothing knows any more.
    """
    store, settings = MemoryStore(), GatewaySettings()
    announced: list[str] = []

    async def row_goes() -> None:
        if end == "erased":
            await store.privacy.erase(ANN)
        else:
            await store.attachments.delete(ANN, announced[0])

    blobs = Slow(f"file:{tmp_path}", row_goes)
    links = Links(SecretStr("k" * 32), lifetime=timedelta(minutes=1))
    inspector = Inspector(settings.max_pixels)
    attachments = Attachments(store.attachments, blobs, links, inspector, settings)
    params = AttachmentCreateParams(name="a.txt", size=len(TEXT), mime_type="text/plain")
    announced.append(json.loads(await attachments.announce(ANN, params, "http://gateway"))["id"])
    waiting = await attachments.waiting(ANN, announced[0])

    with tempfile.TemporaryFile() as content:
        content.write(TEXT)
        upload = Upload(cast(BinaryIO, content), len(TEXT), "a.txt", "text/plain")
        with pytest.raises(NotFound):
            await attachments.receive(ANN, waiting, upload)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
