"""The services of an earlier commit, as programs that can be started beside those of this one."""

import io
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PREVIOUS = "4a35b23481d48763280086cb98a5fd95d5578537"
"""The release that a deploy of the present code replaces: the first release candidate, whose schema
is 0020. It moves on with every release, and with every change of what services say to each other
that is not made for a rolling deploy."""
PREVIOUS_SCHEMA = "0020"
"""Its newest migration: whatever a later one takes away, that release does not read."""
PACKAGES = ("shared", "services/gateway", "services/agent-worker", "services/tools")
SOURCES = tuple(f"{package}/src" for package in (*PACKAGES, "services/store", "guide"))
"""What a deployment is made of. The environment is the present one: where a release changed what
it depends on, the earlier code is to work with that too, as pip would install it."""


@dataclass(frozen=True)
class Release:
    """One version of every service: where Python finds its code."""

    name: str
    pythonpath: str
    """Where its code is, and then the tests. What is not found there is what is installed."""

    def before(self, path: str) -> str:
        """A `PYTHONPATH` on which this release comes before the rest."""
        return os.pathsep.join(filter(None, [self.pythonpath, path]))


PRESENT = Release("new", str(ROOT))


def is_known(commit: str) -> bool:
    """Whether the history of this checkout holds a commit; a shallow clone has only the newest."""
    asked = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def unpacked(commit: str, directory: Path) -> Release:
    """The code of a commit, unpacked. Raises `LookupError` without the history."""
    archive = subprocess.run(
        ["git", "archive", commit, *SOURCES], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode != 0:
        said = archive.stderr.decode().strip()
        raise LookupError(f"no code of {commit} ({said}): fetch the history first")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(directory, filter="data")
    path = [*(directory / source for source in SOURCES), ROOT]
    return Release("old", os.pathsep.join(map(str, path)))
