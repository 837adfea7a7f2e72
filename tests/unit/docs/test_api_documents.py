"""The API documents in `docs/api` are what the apps say of themselves today."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
NAMES = (
    "agent-worker.asyncapi.json",
    "gateway.openapi.json",
    "store.openapi.json",
    "tools.asyncapi.json",
)


def test_the_api_documents_are_current(tmp_path: Path) -> None:
    # In a process of its own: a worker's app changes the Agents SDK for its whole process.
    command = [sys.executable, "-m", "checks.api_documents", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, check=True)

    assert tuple(sorted(path.name for path in tmp_path.iterdir())) == NAMES
    for name in NAMES:
        made, kept = (tmp_path / name).read_text(), (ROOT / "docs/api" / name).read_text()
        assert made == kept, f"docs/api/{name} is out of date: run `make api` and commit it"
