"""Bytes that belong to somebody: on the local disk, or behind any S3 API.

A key is ours, never a client's file name: an id and an ending that says what the bytes are. Every
blob has a row in the store's `files`, written before it and deleted after it, so that none is
forgotten.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from turnstream.contracts.ids import PREFIXES, derived_id
from turnstream.contracts.store_api import FILE_KEY
from turnstream.errors import NotFound, Unavailable

MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
}
"""What a key's ending says of the bytes."""
ENDINGS = {media_type: ending for ending, media_type in MEDIA_TYPES.items()}

FILE = "turnstream_file"
"""The field of an attachment's metadata that says under which key its bytes are."""

_KEY = re.compile(rf"{FILE_KEY.removesuffix('$')}(\.txt)?")
_CHUNK = 256 * 1024
_Answer = TypeVar("_Answer")


class Blob(NamedTuple):
    """A blob that is being read."""

    size: int
    chunks: AsyncIterator[bytes]


class Blobs:
    """Where bytes are kept: `file:<directory>`, or `s3://<bucket>/<prefix>`.

    Credentials, region and endpoint of an S3 API come from the usual `AWS_…` variables. Raises
    `Unavailable` when the storage cannot be reached. A blob is there whole or not at all.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _store(self) -> ObjectStore:
        """Made with its first use; no directory is created before."""
        scheme, _, path = self._url.partition(":")
        if scheme == "file":
            return LocalStore(Path(path.removeprefix("//")).absolute(), mkdir=True)
        return from_url(self._url)

    async def put(self, key: str, content: bytes | BinaryIO) -> None:
        """Keep these bytes under a key; what was there before is replaced."""
        await _reached(obstore.put_async(self._store, checked(key), content))

    async def get(self, key: str) -> bytes:
        """All of a blob. Raises `NotFound`."""
        found = await _reached(obstore.get_async(self._store, checked(key)))
        return bytes(await _reached(found.bytes_async()))

    async def open(self, key: str) -> Blob:
        """A blob piece by piece. Raises `NotFound`."""
        found = await _reached(obstore.get_async(self._store, checked(key)))
        return Blob(found.meta["size"], found.stream(min_chunk_size=_CHUNK))

    async def exists(self, key: str) -> bool:
        """True while there are bytes under a key, or the text that was read from them."""
        for name in (checked(key), text_key(key)):
            with suppress(NotFound):
                await _reached(obstore.head_async(self._store, name))
                return True
        return False

    async def delete(self, key: str) -> None:
        """Delete a blob and the text that was read from it. Nothing happens if they are gone."""
        for name in (checked(key), text_key(key)):
            with suppress(NotFound):  # as most blobs have no text
                await _reached(obstore.delete_async(self._store, name))


def checked(key: str) -> str:
    """The key, if it is one. Raises `NotFound`: what is not a key names nothing."""
    if _KEY.fullmatch(key) is None:
        raise NotFound("There is no such file.")
    return key


def text_key(key: str) -> str:
    """Where the text of a document is kept, once it has been read from it."""
    return f"{key}.txt"


def imported_key(attachment_id: str, ending: str) -> str:
    """The key for an attachment that came from elsewhere: its id stays, and is not ours."""
    return f"{_imported(attachment_id)}.{ending}"


def attachment_key(attachment_id: str, metadata: Mapping[str, object] | None) -> str | None:
    """Where the bytes of an attachment are; None when an assistant keeps them itself.

    The key follows from the id, so that no metadata can name somebody else's file.
    """
    key = (metadata or {}).get(FILE)
    if not isinstance(key, str):
        return None
    return key if key.rpartition(".")[0] in (attachment_id, _imported(attachment_id)) else None


def _imported(attachment_id: str) -> str:
    return derived_id(PREFIXES["attachment"], "imported", attachment_id)


def media_type(key: str) -> str:
    """What the bytes under a key are, as its ending says."""
    return MEDIA_TYPES[checked(key).rpartition(".")[2]]


async def _reached(call: Awaitable[_Answer]) -> _Answer:
    try:
        return await call
    except FileNotFoundError as error:
        raise NotFound("There is no such file.") from error
    except (BaseError, OSError) as error:
        raise Unavailable("The file storage does not answer.") from error
