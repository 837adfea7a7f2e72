"""Bodies that hold a file: written to disk while they come, never more than is allowed."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import BinaryIO, NamedTuple, cast

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from turnstream.errors import BadRequest, BodyTooLarge

from turnstream_gateway.http.body import pieces

TIMEOUT = timedelta(minutes=10)
"""The longest a body may take to come. It holds a place of its own user's only."""
_IN_MEMORY = 1024 * 1024
"""Bytes of a body that are kept in memory instead of on disk."""
_ENVELOPE = 64 * 1024
"""Bytes a form may hold beside the file."""


class Upload(NamedTuple):
    """A file that was received. Its name and its type are claims of the sender."""

    content: BinaryIO
    size: int
    name: str
    media_type: str


@asynccontextmanager
async def received_form(request: Request, limit: int) -> AsyncIterator[Upload]:
    """The file in the field `file` of a form, gone when the block ends.

    Raises `BadRequest` for a body without one or not whole, `BodyTooLarge` and
    `RequestTimedOut`.
    """
    body = pieces(request, limit + _ENVELOPE, TIMEOUT, _too_large(limit))
    parser = MultiPartParser(request.headers, body, max_files=1, max_fields=10)
    if not request.headers.get("Content-Type", "").startswith("multipart/form-data"):
        raise BadRequest("Expected multipart/form-data with the field `file`.")
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BadRequest(error.message) from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise BadRequest("The form has no file in the field `file`.")
        content: BinaryIO = file.file
        size = file.size or 0
        if size > limit:
            raise _too_large(limit)
        yield Upload(content, size, file.filename or "", file.content_type or "")
    finally:
        await form.close()


@asynccontextmanager
async def received_content(request: Request, limit: int) -> AsyncIterator[Upload]:
    """A body that is the file itself, gone when the block ends. Raises as `received_form`."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
        size = 0
        async for piece in pieces(request, limit, TIMEOUT, _too_large(limit)):
            size += len(piece)
            content.write(piece)
        media_type = request.headers.get("Content-Type", "")
        yield Upload(cast(BinaryIO, content), size, "", media_type)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"An attachment may hold {limit} bytes.")
