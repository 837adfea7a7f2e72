"""The worker of an earlier commit, as a program that can be started."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKER = "services/agent-worker/src"
SOURCES = ("shared/src", WORKER, "tests")
"""What a worker is made of, and the assistant that was tested with it. The rest of a deployment is
of the present version."""


@dataclass(frozen=True)
class OldWorker:
    """How to start a worker of an earlier commit."""

    command: Sequence[str]
    pythonpath: str


def is_known(commit: str) -> bool:
    """Whether the history of this checkout holds a commit; a shallow clone has only the newest."""
    asked = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def unpacked(commit: str, directory: Path) -> OldWorker:
    """The worker of a commit, unpacked. Raises `LookupError` without the history."""
    archive = subprocess.run(
        ["git", "archive", commit, *SOURCES], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode != 0:
        said = archive.stderr.decode().strip()
        raise LookupError(f"no code of {commit} ({said}): fetch the history first")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(directory, filter="data")
    [package] = (file.parent.name for file in (directory / WORKER).glob("*/__main__.py"))
    path = [directory, *(directory / source for source in ("shared/src", WORKER))]
    return OldWorker((sys.executable, "-m", package), os.pathsep.join(map(str, path)))
