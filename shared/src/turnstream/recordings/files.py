"""Recordings as files."""

from pathlib import Path

import orjson
from pydantic import ValidationError

from turnstream.contracts.operating.recordings import LARGEST, VERSION, Recording

_FORMAT = "turnstream.recording"


class UnreadableRecording(ValueError):
    """The file is no recording that this version can read. Its text says why."""


def write_recording(recording: Recording, path: Path) -> int:
    """Write a file that its owner alone may read, and that is there when it is whole; its bytes."""
    part = path.with_name(f"{path.name}.part")
    document = orjson.dumps(recording.model_dump(mode="json"), option=orjson.OPT_INDENT_2)
    try:
        part.unlink(missing_ok=True)  # of a run that was killed, or of somebody who reads along
        part.touch(mode=0o600, exist_ok=False)
        part.write_bytes(document + b"\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return len(document) + 1


def read_recording(path: Path) -> Recording:
    """The recording in a file. Raises `UnreadableRecording`, also for one of a newer version."""
    try:
        if path.stat().st_size > 8 * LARGEST:
            raise UnreadableRecording(f"{path} is larger than any recording.")
        document = orjson.loads(path.read_bytes())
    except OSError as error:
        raise UnreadableRecording(f"{path} can't be read: {error.strerror or error}.") from error
    except orjson.JSONDecodeError as error:
        raise UnreadableRecording(f"{path} is no JSON: {error}.") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise UnreadableRecording(f"{path} is no recording of a turn.")
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise UnreadableRecording(
            f"{path} is a recording of version {version}, and this Turnstream reads version "
            f"{VERSION} and older ones. Replay it with a version as new as the one that wrote it."
        )
    try:
        return Recording.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise UnreadableRecording(
            f"{path} is a damaged recording: {field}: {first['msg']}."
        ) from error
