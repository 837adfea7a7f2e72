"""The code of an earlier commit, as a place to import it from."""

import io
import os
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("shared/src", "services/agent-worker/src")
"""What a worker is made of. The rest of a deployment is of the present version."""


def unpacked(commit: str, place: Path) -> str:
    """A `PYTHONPATH` with the worker of a commit. Raises `LookupError` without the history."""
    archive = subprocess.run(
        ["git", "archive", commit, *SOURCES], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode != 0:
        said = archive.stderr.decode().strip()
        raise LookupError(f"no code of {commit} ({said}): fetch the history first")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(place, filter="data")
    return os.pathsep.join(str(place / source) for source in SOURCES)
