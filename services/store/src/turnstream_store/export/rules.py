"""A user's archive: a zip that is written while it is read, and never held as a whole."""

import asyncio
import hashlib
import time
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import orjson
import sqlalchemy as sa
from sqlmodel import col
from turnstream.contracts.owner import Owner
from turnstream.contracts.turns import Json
from turnstream.errors import NotFound
from turnstream.files.blobs import Blob, Blobs

from turnstream_store.database.pools import Database
from turnstream_store.export import queries
from turnstream_store.export.contents import ARCHIVED, ATTACHMENTS, FILES, THREADS, ArchivedTable
from turnstream_store.files.tables import AttachmentRow, FileRow
from turnstream_store.threads.tables import ThreadRow

README = """\
This is all that a Turnstream deployment keeps of one user.

*.jsonl        one JSON document a line: conversations (threads, items), turns, what
               models and tools gave in them as far as it is kept (journal, tool_calls), ratings,
               attachments, facts, emails, sessions, usage of models, and what operators did
               (audit)
files/         the bytes of attachments and of files that tools made, under the names that
               `file_key` in attachments.jsonl and `key` in files.jsonl give
manifest.json  how many lines each file has, and the SHA-256 of its bytes; it is written last:
               an archive without it was cut off
"""
_LEVEL = 1
"""The level of compression: text shrinks to a quarter, and the store has turns to serve."""


class Archive:
    """Writes the archive of a user. Iterate over it once.

    What it holds at a time is a page of rows, or a piece of a file.
    """

    def __init__(self, database: Database, blobs: Blobs, owner: Owner) -> None:
        self._database = database.of(owner.tenant)
        self._blobs = blobs
        self._owner = owner
        self._sink = _ZipBuffer()
        self._manifest: dict[str, Json] = {}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as made:
            made.writestr("README.txt", README)
            for table in ARCHIVED:
                async for piece in self._entry(made, f"{table.name}.jsonl", self._lines(table)):
                    yield piece
            async for row in self._rows(FILES):
                key: str = row[col(FileRow.key)]
                blob = await self._opened(key)
                if blob is not None:
                    async for piece in self._entry(made, f"files/{key}", _bytes(blob)):
                        yield piece
            made.writestr(
                "manifest.json", orjson.dumps(self._manifest_document(), option=orjson.OPT_INDENT_2)
            )
        yield self._sink.take()

    async def _entry(
        self, made: zipfile.ZipFile, name: str, content: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """One file of the archive, as far as it is written."""
        info = zipfile.ZipInfo(name, time.gmtime()[:6])
        info.compress_type = zipfile.ZIP_STORED if name.startswith("files/") else made.compression
        digest, size, lines = hashlib.sha256(), 0, 0
        with made.open(info, "w", force_zip64=True) as entry:
            async for piece in content:
                # Compressing a page takes some milliseconds, in which others must not wait.
                await asyncio.to_thread(entry.write, piece)
                digest.update(piece)
                size, lines = size + len(piece), lines + piece.count(b"\n")
                yield self._sink.take()
        facts: Json = {"sha256": digest.hexdigest(), "bytes": size}
        self._manifest[name] = facts | ({"lines": lines} if name.endswith(".jsonl") else {})

    async def _lines(self, table: ArchivedTable) -> AsyncIterator[bytes]:
        page: list[bytes] = []
        async for row in self._rows(table):
            page.append(_line(table, row))
            if len(page) == queries.PAGE:
                yield b"".join(page)
                page = []
        if page:
            yield b"".join(page)

    async def _rows(self, table: ArchivedTable) -> AsyncIterator[sa.RowMapping]:
        if not table.in_threads:
            async for row in self._pages(table):
                yield row
            return
        async for thread in self._pages(THREADS):
            async for row in self._pages(table, thread[col(ThreadRow.id)]):
                yield row

    async def _pages(
        self, table: ArchivedTable, thread_id: str = ""
    ) -> AsyncIterator[sa.RowMapping]:
        after: queries.Position | None = None
        while True:
            async with self._database.session() as session:
                rows, after = await queries.page(session, table, self._owner, thread_id, after)
            for row in rows:
                yield row
            if after is None:
                return

    async def _opened(self, key: str) -> Blob | None:
        """The bytes of a file; None where they never came."""
        try:
            return await self._blobs.open(key)
        except NotFound:
            return None

    def _manifest_document(self) -> Json:
        return {
            "tenant": self._owner.tenant,
            "user": self._owner.user,
            "written_at": datetime.now(UTC).isoformat(),
            "entries": self._manifest,
        }


class _ZipBuffer:
    """Where the zip is written to: what was not taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Part of a file."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Part of a file."""

    def close(self) -> None:
        """Part of a file."""

    def take(self) -> bytes:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


async def _bytes(blob: Blob) -> AsyncIterator[bytes]:
    async for piece in blob.chunks:
        yield bytes(piece)


def _line(table: ArchivedTable, row: sa.RowMapping) -> bytes:
    line = {name: row[name] for name in [*row][: len(table.columns)]}
    for name in table.json:
        line[name] = orjson.Fragment(line[name] or "null")
    if table is ATTACHMENTS:
        del line["public"]
        seen = orjson.loads(row[col(AttachmentRow.public)])
        line |= {"name": seen.get("name"), "mime_type": seen.get("mime_type")}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
