"""An export becomes threads of ours, one after the other."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import orjson
from pydantic import BaseModel, ValidationError

from turnstream.contracts.operating.imports import IMPORT_BYTES, ImportedStatus, ImportThread
from turnstream.contracts.owner import Owner
from turnstream.contracts.store_api import StoredItem
from turnstream.contracts.text import dump_json, storable_json
from turnstream.contracts.turns import Json
from turnstream.errors import Forbidden, TurnstreamError, Unauthorized, Unavailable
from turnstream.hosted.attachments import (
    FileStorage,
    ReadAttachment,
    keep,
    our_attachment,
    read_attachment,
    stored,
    with_reference,
)
from turnstream.hosted.folder import THREADS
from turnstream.hosted.items import UnreadableItem, attachments_of, moment, our_item
from turnstream.hosted.shapes import HostedThread
from turnstream.store_client.imports import Imports

LONGEST = 2 * IMPORT_BYTES
"""Bytes of a line: JSON may spell a character of three bytes in six."""


_ALL = (Unavailable, Unauthorized, Forbidden)
"""What would refuse every thread."""


class Line(BaseModel):
    """A line of an export."""

    thread: HostedThread
    items: list[Json]


class ImportRefused(Exception):
    """A thread that cannot be imported. The text names it and says why."""


class ImportCounts:
    """What became of an export."""

    def __init__(self) -> None:
        self.threads = Counter[str]()
        """The number of threads by what the import did: `imported`, `extended`, `unchanged`,
        `refused`."""
        self.items = 0
        self.left_out = Counter[str]()
        """Items without a form here, by the reason."""
        self.files = 0
        self.names_only = 0
        """Attachments whose bytes are not in the export, or of no type that is kept."""


class Destination(NamedTuple):
    """Where threads go."""

    imports: Imports
    files: FileStorage | None
    """None: attachments become names."""
    tenant: str
    users: Mapping[str, str]
    """Names here by names there. Anyone who is not in it keeps their name."""


class Import:
    """Imports the threads of a folder, each in one transaction of the store."""

    def __init__(self, folder: Path, to: Destination, *, dry_run: bool = False) -> None:
        self._folder = folder
        self._to = to
        self._dry_run = dry_run
        self.counts = ImportCounts()

    async def take(self, text: bytes, number: int) -> None:
        """Import a line of the export.

        Raises `ImportRefused`, and what would refuse every thread: `Unavailable`, `Unauthorized`,
        `Forbidden`.
        """
        line = _parsed(text, number)
        try:
            await self._take(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise ImportRefused(f"{line.thread.id}: {first['msg']}") from error
        except ValueError as error:
            raise ImportRefused(f"{line.thread.id}: {error}") from error
        except TurnstreamError as error:
            if isinstance(error, _ALL):
                raise
            raise ImportRefused(f"{line.thread.id}: {error.detail}") from error

    async def _take(self, line: Line) -> None:
        thread, to = line.thread, self._to
        owner = Owner.checked(to.tenant, to.users.get(thread.user, thread.user))
        files = self._attachments(line.items)
        public = {key: self._public(thread.id, each, owner) for key, each in files.items()}
        attachments = [stored(public[key], each) for key, each in files.items()]
        full = {
            each.attachment.attachment_id: orjson.loads(each.attachment.payload)
            for each in attachments
        }
        left_out = Counter[str]()
        command = ImportThread(
            thread_id=thread.id,
            created_at=moment(thread.created_at),
            title=thread.title,
            status=ImportedStatus(type=thread.status.type, reason=thread.status.reason),
            items=_items(line, (full, public), left_out),
            attachments=attachments,
        )
        outcome, added = "would be imported", len(command.items)
        if not self._dry_run:
            for each in files.values():
                if to.files is not None:
                    await keep(to.imports, to.files, owner, each)
            done = await to.imports.thread(owner, command)
            outcome, added = done.outcome, done.items
        self.counts.threads[outcome] += 1
        self.counts.items += added
        self.counts.left_out += left_out
        self.counts.files += sum(each.path is not None for each in files.values())
        self.counts.names_only += sum(each.path is None for each in files.values())

    def _attachments(self, items: list[Json]) -> dict[str, ReadAttachment]:
        named = [each for item in items for each in attachments_of(item)]
        if self._to.files is None and not self._dry_run:
            return {each.id: ReadAttachment(each, None, each.mime_type) for each in named}
        return {each.id: read_attachment(self._folder, each) for each in named}

    def _public(self, thread_id: str, read: ReadAttachment, owner: Owner) -> Json:
        document = our_attachment(read, thread_id)
        files = self._to.files
        return document if files is None else with_reference(document, read, files, owner)


def lines(folder: Path) -> Iterator[bytes]:
    """The lines of an export, one in memory at a time; of one that is too long, its beginning."""
    with (folder / THREADS).open("rb") as file:
        while line := file.readline(LONGEST + 1):
            yield line
            while len(line) > LONGEST and not line.endswith(b"\n"):
                line = file.readline(LONGEST + 1)


def _parsed(text: bytes, number: int) -> Line:
    if len(text) > LONGEST:
        raise ImportRefused(f"line {number}: longer than {LONGEST} bytes")
    try:
        return Line.model_validate(orjson.loads(storable_json(text)))
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise ImportRefused(f"line {number} is no thread of an export: {field}") from error
    except orjson.JSONDecodeError as error:
        raise ImportRefused(f"line {number} is no JSON: {error}") from error


def _items(
    line: Line, attached: tuple[Mapping[str, Json], Mapping[str, Json]], left_out: Counter[str]
) -> list[StoredItem]:
    """The items as assistants and as clients see them. Each id counts once."""
    made = dict[str, StoredItem]()
    for item in line.items:
        try:
            full, public = (our_item(item, line.thread.id, known) for known in attached)
        except UnreadableItem as reason:
            left_out[str(reason)] += 1
            continue
        made.setdefault(full["id"], _stored(full, public))
    return [*made.values()]


def _stored(full: Json, public: Json) -> StoredItem:
    return StoredItem(
        item_id=full["id"],
        type=full["type"],
        payload=dump_json(full).decode(),
        public=None if public == full else dump_json(public).decode(),
    )
