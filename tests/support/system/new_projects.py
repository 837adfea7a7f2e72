"""Projects as `turnstream new` writes them, and what their own checks say."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

CHECKS: Mapping[str, Sequence[str]] = {
    "pytest": ("pytest", "-q", "-p", "no:cacheprovider"),
    "mypy": ("mypy",),
    "ruff": ("ruff", "check", "--no-cache", "."),
    "format": ("ruff", "format", "--no-cache", "--check", "."),
}
"""What a project's README tells to run, by a name."""
_SECONDS = 300
_TYPES = Path(__file__).parents[3] / ".mypy_cache/new_projects"
"""What mypy has read of all that is imported, for the next project and the next run."""


def check(project: Path, name: str, *, python: str = sys.executable, **env: str) -> None:
    """Run a check of a project in it. Raises `AssertionError` with what it said if it fails."""
    ran = subprocess.run(
        [python, "-m", *CHECKS[name]],
        cwd=project,
        env={**os.environ, "PYTEST_ADDOPTS": "", "MYPY_CACHE_DIR": str(_TYPES), **env},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
