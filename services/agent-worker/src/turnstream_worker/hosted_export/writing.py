"""The folder of an export while it is written: what is whole in it, and where to go on."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError
from turnstream.errors import TurnstreamError
from turnstream.hosted.folder import ATTACHMENTS, THREADS

_STATE = "state.json"


class ExportCounts(NamedTuple):
    """How much there is of a thread, or of all."""

    threads: int = 0
    items: int = 0
    attachments: int = 0
    missing: int = 0
    """Attachments whose bytes could not be had."""


class ExportState(BaseModel):
    """How far an export is."""

    model_config = ConfigDict(extra="forbid")

    source: str
    user: str | None
    last_id: str | None = None
    """The last thread that is whole in the folder."""
    size: int = 0
    """Bytes of `threads.jsonl` up to its end."""
    counts: ExportCounts = ExportCounts()


class ExportFolder:
    """A folder that one export writes. Use it as a context manager.

    `state.json` says which threads are complete. A thread's line is written first, then the state,
    which is replaced in one step. The next run truncates what a killed run wrote after it, so every
    thread is there once. A lock excludes a second run, and ends with its process.
    """

    def __init__(self, path: Path, source: str, user: str | None) -> None:
        self.path = path
        self.state = ExportState(source=source, user=user)
        self._threads: BinaryIO
        self._lock: int

    def __enter__(self) -> "ExportFolder":
        """Make the folder, or go on with it. Raises `TurnstreamError` for another export's."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.path / ATTACHMENTS).mkdir(exist_ok=True)
        self._lock = os.open(self.path, os.O_RDONLY)
        try:
            self._take_lock()
            self._read_state()
            self._threads = (self.path / THREADS).open("ab")
            self._cut_off()
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.close()
        os.close(self._lock)

    def add(self, thread_id: str, line: IO[bytes], counts: ExportCounts) -> None:
        """Append the thread's line, then record it in the state."""
        line.seek(0)
        shutil.copyfileobj(line, self._threads)
        self._threads.flush()
        os.fsync(self._threads.fileno())
        self.state.size = self._threads.tell()
        self._reached(thread_id, counts)

    def leave_out(self, thread_id: str) -> None:
        """Record that a listed thread no longer exists."""
        self._reached(thread_id, ExportCounts())

    def _reached(self, thread_id: str, counts: ExportCounts) -> None:
        state = self.state
        state.last_id = thread_id
        state.counts = ExportCounts(*map(sum, zip(state.counts, counts, strict=True)))
        part = self.path / f"{_STATE}.part"
        part.write_text(state.model_dump_json(indent=2))
        part.replace(self.path / _STATE)

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TurnstreamError(f"Another export writes into {self.path}.") from error

    def _read_state(self) -> None:
        path, wanted = self.path / _STATE, self.state
        if not path.exists():
            return
        try:
            known = ExportState.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise TurnstreamError(f"{path} is damaged: take another folder.") from error
        if (known.source, known.user) != (wanted.source, wanted.user):
            whose = "all users" if known.user is None else f"user {known.user}"
            raise TurnstreamError(
                f"{self.path} holds an export of {whose} from {known.source}: take another folder."
            )
        self.state = known

    def _cut_off(self) -> None:
        """Cut off what came after the last thread that is whole."""
        if self._threads.seek(0, os.SEEK_END) < self.state.size:
            raise TurnstreamError(f"{self.path / THREADS} lost its end: take another folder.")
        self._threads.truncate(self.state.size)
